import { Button, NativeSelect, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { signIn } from "../api/client";
import { Problem } from "../api/problem";
import type { Sitting } from "./sitting";
import { type Decision, trackOf } from "./forms";
import type { Pen } from "./pen";
import { ReasonField } from "./ReasonField";
import style from "./review.module.css";

const DECISIONS: readonly Decision[] = ["accept", "amend", "reject"];

/** Words of a signature that wait in this tab while its author confirms who they are. */
interface Waiting {
  decision: Decision;
  reason: string;
}

const keyOf = (study: string) => `interval.signature.${study}`;

/** Takes the waiting words of a study; they are there once. */
function taken(study: string): Waiting | undefined {
  const text = sessionStorage.getItem(keyOf(study));
  sessionStorage.removeItem(keyOf(study));
  return text ? (JSON.parse(text) as Waiting) : undefined;
}

/** Notes, and the signature under the whole report. */
export function Signature({ desk, pen, isReadOnly }: { desk: Sitting; pen: Pen; isReadOnly: boolean }) {
  const { t } = useTranslation("review");
  const { review, draft } = desk.written;
  const [back] = useState(() => taken(review.study));
  const isEdited = review.draft?.edited ?? false;
  const [chosen, setChosen] = useState<Decision | undefined>(back?.decision);
  const [reason, setReason] = useState(back?.reason ?? "");
  const decision = chosen ?? (isEdited ? "amend" : "accept");
  const open = review.measured.lesions.filter((one) => !draft.lesions.some((said) => said.track === trackOf(one)));
  const sign = async () => {
    try {
      await desk.sign(decision, reason);
    } catch (error) {
      if (!(error instanceof Problem) || error.remedy !== "step-up") throw error;
      // The draft is with the node by now; only these words go along in the tab.
      sessionStorage.setItem(keyOf(review.study), JSON.stringify({ decision, reason }));
      signIn("step-up");
    }
  };
  return (
    <section className={style.part} aria-labelledby="sign">
      <Textarea label={t("notes")} autosize={false} rows={3} dir="auto" maxLength={10_000} readOnly={isReadOnly} value={draft.notes} onChange={(event) => pen.write({ notes: event.currentTarget.value })} />
      <h2 id="sign">{t("sign")}</h2>
      {review.state === "preliminary" || !review.version ? null : <Text size="sm" role="status">{t(`state_${review.state}`)} · {t("version", { version: review.version })}</Text>}
      {review.pending ? <Text size="sm" role="status">{t("pending")}</Text> : null}
      {back ? <Text size="sm" role="status">{t("cameBack")}</Text> : null}
      <Text size="sm">{t(isEdited ? "wasEdited" : "notEdited")}</Text>
      {open.length > 0 ? <Text size="sm">! {t("undecidedLeft", { count: open.length })}</Text> : null}
      <NativeSelect
        size="sm"
        label={t("whole")}
        disabled={isReadOnly}
        value={decision}
        onChange={(event) => setChosen(DECISIONS.find((one) => one === event.currentTarget.value))}
        data={DECISIONS.map((value) => ({ value, label: t(value) }))}
      />
      <ReasonField label={t("reason")} value={reason} isReadOnly={isReadOnly} change={setReason} />
      <Button disabled={isReadOnly || !review.may.sign} onClick={() => void sign()}>
        {t("sign")}
      </Button>
      <Text size="xs" c="dimmed">
        {t("signNote")}
      </Text>
    </section>
  );
}
