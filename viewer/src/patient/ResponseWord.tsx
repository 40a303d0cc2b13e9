import "./vocabulary";
import { useTranslation } from "react-i18next";
import styles from "./Chips.module.css";

/** Arrow and sign of each category: what it says is never told by colour alone. */
const SIGNS: Readonly<Record<string, string>> = { CR: "↓ 0", PR: "↓ −", SD: "↔ =", PD: "↑ +" };

const TINTS: Readonly<Record<string, string | undefined>> = {
  CR: styles.cr,
  PR: styles.pr,
  PD: styles.pd,
};

/** A response category: arrow, sign, word and letters. */
export function ResponseWord({ response }: { response: string | null | undefined }) {
  const { t } = useTranslation("vocabulary");
  const sign = response ? SIGNS[response] : undefined;
  return (
    <span className={`${styles.chip} ${(response && TINTS[response]) || ""}`}>
      <span className={`${styles.sign} figure`} aria-hidden="true">
        {sign ?? "?"}
      </span>
      <span>
        {response ? t(`response_${response}`, { defaultValue: response }) : t("response_none")}
        {sign ? <> ({response})</> : null}
      </span>
    </span>
  );
}
