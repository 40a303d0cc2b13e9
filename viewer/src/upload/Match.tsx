import { Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { UploadedStudy } from "./forms";
import style from "./upload.module.css";

/** YYYYMMDD as people read it; anything else as it stands. */
function dated(text: string): string {
  return /^\d{8}$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : text;
}

/** Whose images they are, as they say, and whether the node knows them: to be confirmed by hand. */
export function Match({ study, confirm }: { study: UploadedStudy; confirm: (isConfirmed: boolean) => void }) {
  const { t } = useTranslation("upload");
  const { patient, match, why } = study;
  const facts: [string, string][] = [
    [t("name"), patient.name],
    [t("id"), patient.patient_id],
    [t("birth"), dated(patient.birth_date)],
    [t("sex"), patient.sex],
  ];
  return (
    <>
      <Text fw={700}>{t(`match_${match}`)}</Text>
      <dl className={style.facts}>
        {facts.map(([word, value]) => (
          <div key={word} style={{ display: "contents" }}>
            <dt>{word}</dt>
            <dd>
              <bdi>{value || t("unknown")}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <Text size="sm">
        <bdi>{why}</bdi>
      </Text>
      {match === "conflict" ? (
        <Text size="sm" fw={600} role="alert">
          {t("conflictBlocks")}
        </Text>
      ) : (
        <Confirmation id={patient.patient_id} confirm={confirm} />
      )}
    </>
  );
}

function Confirmation({ id, confirm }: { id: string; confirm: (isConfirmed: boolean) => void }) {
  const { t } = useTranslation("upload");
  const [text, setText] = useState("");
  const expected = id || t("confirmWord");
  const label = id ? t("confirmField", { id }) : t("confirmNoId", { word: expected });
  const change = (value: string) => {
    setText(value);
    confirm(value.trim() === expected);
  };
  return (
    <TextInput
      label={label}
      maw={480}
      dir="auto"
      autoComplete="off"
      value={text}
      description={text.trim() === expected ? t("confirmed") : undefined}
      inputWrapperOrder={["label", "input", "description"]}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
