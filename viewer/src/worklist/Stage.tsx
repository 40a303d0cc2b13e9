import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import styles from "./Worklist.module.css";

/** The stages of a study, in their order. */
export const STAGES = [
  "identify", "assemble", "segment", "align", "track", "assess", "author", "deliver",
] as const;

/** How far a running study is: a bar of as many parts as there are stages, and the stage's word. */
export function Stage({ job }: { job: Forms["JobDto"] }) {
  const { t } = useTranslation("vocabulary");
  const at = STAGES.findIndex((stage) => stage === job.stage);
  const stage = t(`stage_${job.stage}`, { defaultValue: job.stage });
  const words = t("stageOf", { step: at + 1, all: STAGES.length, stage });
  return (
    <div className={styles.stage}>
      <div
        className={styles.bar}
        role="progressbar"
        aria-label={words}
        aria-valuemin={0}
        aria-valuemax={STAGES.length}
        aria-valuenow={at + 1}
      >
        {STAGES.map((name, n) => (
          <span key={name} data-done={n < at || undefined} data-now={n === at || undefined} />
        ))}
      </div>
      <div aria-hidden="true">{stage}</div>
    </div>
  );
}
