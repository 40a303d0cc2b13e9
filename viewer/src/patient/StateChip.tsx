import "./vocabulary";
import { useTranslation } from "react-i18next";
import styles from "./Chips.module.css";

const SIGNS: Readonly<Record<string, string>> = {
  received: "○",
  analysing: "◔",
  held: "‖",
  failed: "✕",
  preliminary: "◐",
  verified: "✓",
  amended: "✎",
  rejected: "⊘",
  superseded: "↺",
  current: "●",
  receiving: "…",
  settled: "○",
};

/** Where a result stands: sign and word. */
export function StateChip({ state }: { state: string }) {
  const { t } = useTranslation("vocabulary");
  return (
    <span className={`${styles.chip} ${styles[state] ?? ""}`} data-state={state}>
      <span className={styles.sign} aria-hidden="true">
        {SIGNS[state] ?? "·"}
      </span>
      <span>{t(`state_${state}`, { defaultValue: state })}</span>
    </span>
  );
}
