import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import { STAGES } from "./forms";
import style from "./upload.module.css";

/** Which step an analysis is at: what is over, what goes on, what is to come. */
function step(job: Forms["JobDto"] | undefined, stage: string): "done" | "now" | "later" | "held" | "failed" {
  if (job?.state === "completed") return "done";
  const at = STAGES.findIndex((one) => one === job?.stage);
  const here = STAGES.findIndex((one) => one === stage);
  if (!job || here > at) return "later";
  if (here < at) return "done";
  if (job.state === "held" || job.state === "failed") return job.state;
  return job.state === "running" ? "now" : "later";
}

/** The stages of an analysis, as they go by. */
export function Stages(props: { study: string; job: Forms["JobDto"] | undefined; isAtSeries?: boolean }) {
  const { study, job, isAtSeries } = props;
  const { t } = useTranslation("upload");
  return (
    <>
      <Text role="status" fw={600}>
        {t(`job_${job?.state ?? "pending"}`)}
      </Text>
      {job?.reason ? (
        <Text size="sm">
          <bdi>{job.reason}</bdi>
        </Text>
      ) : null}
      <ol className={style.stages}>
        {STAGES.map((stage) => {
          const is = step(job, stage);
          return (
            <li key={stage} data-step={is} aria-current={is === "now" ? "step" : undefined}>
              <span>{t(`stage_${stage}`)}</span>
              <span>{t(`step_${is}`)}</span>
            </li>
          );
        })}
      </ol>
      <div className={style.row}>
        {job?.state === "completed" ? (
          <Link to="/studies/$study/review" params={{ study }}>
            {t("toReview")}
          </Link>
        ) : null}
        {job?.state === "held" && !isAtSeries ? (
          <Link to="/studies/$study/series" params={{ study }}>
            {t("toSeries")}
          </Link>
        ) : null}
      </div>
    </>
  );
}
