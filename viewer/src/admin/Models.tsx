import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import style from "./admin.module.css";
import { models } from "./asks";
import { Listing } from "./Listing";

/** Which models the node has, who vouches for them, and what they were not made for. */
export function Models() {
  const { t } = useTranslation("admin");
  const asked = useQuery(models);
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <Failed error={asked.error} reset={() => void asked.refetch()} />;
  return (
    <Listing
      caption={t("models")}
        isQuiet
      rows={asked.data}
      name={(model) => model.name + model.version}
      empty={t("noModels")}
      columns={[
        {
          head: t("model"),
          cell: (model) => (
            <>
              <bdi>{model.name}</bdi> {model.is_default ? <span className={style.tag}>{t("isDefault")}</span> : null}
            </>
          ),
        },
        { head: t("version"), cell: (model) => model.version, figure: true },
        {
          head: t("signature"),
          cell: (model) => (
            <>
              {t(model.signed ? "signed" : "unsigned")}
              <Text size="xs" c="dimmed" dir="auto">
                {model.why}
              </Text>
            </>
          ),
        },
        { head: "SHA-256", cell: (model) => <span className={style.hash}>{model.sha256 ?? "—"}</span>, figure: true },
        { head: t("limitations"), cell: (model) => <Limitations sentences={model.limitations} /> },
      ]}
    />
  );
}

function Limitations({ sentences }: { sentences: readonly string[] }) {
  const { t } = useTranslation("admin");
  if (sentences.length === 0) return <>{t("noLimitations")}</>;
  return sentences.map((sentence) => (
    <Text key={sentence} size="sm" dir="auto">
      {sentence}
    </Text>
  ));
}
