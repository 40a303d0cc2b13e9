import "./doubtWords";
import "./vocabulary";
import { useTranslation } from "react-i18next";
import type { Doubt } from "./forms";
import styles from "./Patient.module.css";

/** A doubt as a sentence: in the reader's language where we have one, with the node's own words. */
export function DoubtSentence({ doubt }: { doubt: Doubt }) {
  const { i18n } = useTranslation("doubts");
  const own = i18n.language !== "en" && i18n.exists(`doubts:${doubt.kind}`);
  return (
    <>
      {own ? <span>{i18n.t(`doubts:${doubt.kind}`, { role: doubt.role ?? "" })} </span> : null}
      <bdi lang="en" className={own ? styles.aside : undefined}>
        {doubt.sentence}
      </bdi>
    </>
  );
}

/** What a person should know; what must be looked at first comes with a mark. */
export function Doubts({ doubts }: { doubts: readonly Doubt[] }) {
  const { t } = useTranslation("vocabulary");
  if (doubts.length === 0) return <p className={styles.aside}>{t("noDoubts")}</p>;
  return (
    <ul className={styles.doubts}>
      {doubts.map((doubt) => (
        <li key={doubt.kind + doubt.sentence} data-holds={doubt.holds || undefined}>
          {doubt.holds ? <strong>‖ {t("holds")}: </strong> : null}
          <DoubtSentence doubt={doubt} />
        </li>
      ))}
    </ul>
  );
}
