import "./words";
import { Button, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import { analyse, assignRole, studyPage, studySeries } from "./asks";
import { JobCard } from "./JobCard";
import { ModelChoice } from "./ModelChoice";
import { useNews } from "./news";
import { SeriesTable } from "./SeriesTable";
import style from "./upload.module.css";

/** The series of a study: what stopped its analysis, which series is which, and on again. */
export function Series() {
  const { t } = useTranslation("upload");
  const { study } = useParams({ from: "/studies/$study/series" });
  const page = useQuery(studyPage(study));
  const asked = useQuery(studySeries(study));
  const news = useNews([study]);
  const job = news.jobs[study] ?? page.data?.jobs[0];
  return (
    <div className={style.page}>
      <h1>{t("seriesOf")}</h1>
      {page.error ? <Failed error={page.error} reset={() => void page.refetch()} /> : null}
      {page.data ? <JobCard study={study} job={job} /> : null}
      {asked.isPending ? <Loading /> : null}
      {asked.error ? <Failed error={asked.error} reset={() => void asked.refetch()} /> : null}
      {asked.data ? <Roles study={study} /> : null}
      <Again study={study} />
    </div>
  );
}

function Roles({ study }: { study: string }) {
  const { t } = useTranslation("upload");
  const queries = useQueryClient();
  const seen = useQuery(studySeries(study)).data;
  const giving = useMutation({
    mutationFn: (given: { series: string; role: string | null }) => assignRole(study, given.series, given.role),
    onSettled: () => queries.invalidateQueries({ queryKey: ["study", study, "series"] }),
  });
  if (!seen) return null;
  const needs = seen.needs.join(", ");
  return (
    <section className={style.card} aria-label={t("seriesOf")}>
      <Text fw={600} role="status">
        {needs ? `! ${t("needs", { roles: needs })}` : `✓ ${t("needsNone")}`}
      </Text>
      <SeriesTable series={seen.series} isBusy={giving.isPending} give={(series, role) => giving.mutate({ series, role })} />
      {giving.error ? <Failed error={giving.error} /> : null}
    </section>
  );
}

function Again({ study }: { study: string }) {
  const { t } = useTranslation("upload");
  const queries = useQueryClient();
  const [model, setModel] = useState("");
  const starting = useMutation({
    mutationFn: () => analyse(study, model || null),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["study", study] }),
  });
  return (
    <>
      <div className={style.row}>
        <ModelChoice value={model} change={setModel} />
        <Button loading={starting.isPending} onClick={() => starting.mutate()}>
          {t("analyse")}
        </Button>
      </div>
      {starting.error ? <Failed error={starting.error} /> : null}
    </>
  );
}
