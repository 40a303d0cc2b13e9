import { Button, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import { Failed } from "../shell/Failed";
import { steer } from "./asks";
import { Stages } from "./Stages";
import style from "./upload.module.css";

type Word = "release" | "retry" | "cancel";

/** Which words fit a job in a state; the node refuses any other. */
const FITTING: Record<string, readonly Word[]> = {
  held: ["release", "cancel"],
  failed: ["retry", "cancel"],
  pending: ["cancel"],
  running: ["cancel"],
  cancelled: ["retry"],
};

/** The analysis of a study: where it is, why it waits, and a word to it. */
export function JobCard({ study, job }: { study: string; job: Forms["JobDto"] | undefined }) {
  const { t } = useTranslation("upload");
  const queries = useQueryClient();
  const steering = useMutation({
    mutationFn: ({ id, word }: { id: number; word: Word }) => steer(id, word),
    onSettled: () => queries.invalidateQueries({ queryKey: ["study", study] }),
  });
  if (!job) return <Text>{t("noJob")}</Text>;
  return (
    <section className={style.card} aria-label={t("analysing")}>
      <h2>{t("analysing")}</h2>
      <Stages study={study} job={job} isAtSeries />
      {job.fault ? <Text size="sm">{t("fault", { fault: job.fault })}</Text> : null}
      <div className={style.row}>
        {(FITTING[job.state] ?? []).map((word) => (
          <Button
            key={word}
            variant="default"
            loading={steering.isPending && steering.variables.word === word}
            onClick={() => steering.mutate({ id: job.id, word })}
          >
            {t(word)}
          </Button>
        ))}
      </div>
      {steering.error ? <Failed error={steering.error} /> : null}
    </section>
  );
}
