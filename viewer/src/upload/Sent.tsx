import { Button, Group, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import { discard, giveRole, start, uploaded } from "./asks";
import type { Courier, Journey } from "./courier";
import type { Upload, UploadedStudy } from "./forms";
import { Match } from "./Match";
import { ModelChoice } from "./ModelChoice";
import { RefusedFiles } from "./Progress";
import { SeriesTable } from "./SeriesTable";
import style from "./upload.module.css";

interface Given {
  upload: string;
  courier?: Courier;
  run: (studies: string[]) => void;
  restart: () => void;
}

const never = () => () => undefined;
const nothing = (): Journey | undefined => undefined;

/** What was sent, once it is all there: studies, patients, series; then the start. */
export function Sent({ upload, courier, run, restart }: Given) {
  const { t } = useTranslation("upload");
  const journey = useSyncExternalStore(courier?.subscribe ?? never, courier?.seen ?? nothing);
  const isThere = !journey || journey.state === "over";
  const asked = useQuery({ ...uploaded(upload), enabled: isThere });
  const isGone = asked.error instanceof Problem && asked.error.status === 403;
  useEffect(() => {
    if (isGone) restart();
  }, [isGone, restart]);
  return (
    <>
      <RefusedFiles refused={asked.data?.refused ?? journey?.refused ?? []} more={asked.data?.refused_more ?? 0} />
      {isThere && asked.isPending ? <Loading /> : null}
      {asked.error && !isGone ? <Failed error={asked.error} reset={() => void asked.refetch()} /> : null}
      {asked.data ? <Contents seen={asked.data} run={run} /> : null}
      <Discard upload={upload} count={asked.data?.files ?? journey?.sent ?? 0} courier={courier} restart={restart} />
      {asked.data && asked.data.studies.length === 0 ? <Text>{t("noStudies")}</Text> : null}
    </>
  );
}

function Contents({ seen, run }: { seen: Upload; run: (studies: string[]) => void }) {
  const { t } = useTranslation("upload");
  const [confirmed, setConfirmed] = useState<Readonly<Record<string, boolean>>>({});
  const [model, setModel] = useState("");
  const isClear = seen.studies.every((study) => study.match !== "conflict" && confirmed[study.study]);
  const starting = useMutation({
    mutationFn: () => start(seen.upload, model || null, isClear),
    onSuccess: ({ studies }) => run(studies),
  });
  if (seen.studies.length === 0) return null;
  return (
    <>
      {seen.studies.map((study) => (
        <Study
          key={study.study}
          upload={seen.upload}
          study={study}
          confirm={(is) => setConfirmed((before) => ({ ...before, [study.study]: is }))}
        />
      ))}
      <div className={style.row}>
        <ModelChoice value={model} change={setModel} />
        <Button disabled={!isClear} loading={starting.isPending} onClick={() => starting.mutate()}>
          {t("start")}
        </Button>
      </div>
      {starting.error ? <Failed error={starting.error} /> : null}
    </>
  );
}

function Study({ upload, study, confirm }: { upload: string; study: UploadedStudy; confirm: (is: boolean) => void }) {
  const { t } = useTranslation("upload");
  const queries = useQueryClient();
  const giving = useMutation({
    mutationFn: (given: { series: string; role: string | null }) => giveRole(upload, given.series, given.role),
    onSettled: () => queries.invalidateQueries({ queryKey: ["upload", upload] }),
  });
  const title = t("study", { date: study.date ?? t("noDate") });
  return (
    <section className={style.card} data-match={study.match} aria-label={title}>
      <h2>{title}</h2>
      <Match study={study} confirm={confirm} />
      {study.needs.length > 0 ? <Text size="sm" fw={600}>{`! ${t("needs", { roles: study.needs.join(", ") })}`}</Text> : null}
      <SeriesTable series={study.series} isBusy={giving.isPending} give={(series, role) => giving.mutate({ series, role })} />
      {giving.error ? <Failed error={giving.error} /> : null}
    </section>
  );
}

function Discard(props: { upload: string; count: number; courier: Courier | undefined; restart: () => void }) {
  const { upload, count, courier, restart } = props;
  const { t } = useTranslation("upload");
  const shell = useTranslation("shell").t;
  const [isAsking, setAsking] = useState(false);
  const dropping = useMutation({ mutationFn: () => discard(upload), onSuccess: restart });
  if (!isAsking) {
    return (
      <div>
        <Button variant="subtle" onClick={() => setAsking(true)}>
          {t("giveUp")}
        </Button>
      </div>
    );
  }
  const drop = () => {
    courier?.cancel();
    dropping.mutate();
  };
  return (
    <Group role="alert">
      <Text size="sm">{t("discardSure", { count })}</Text>
      <Button variant="default" loading={dropping.isPending} onClick={drop}>
        {t("giveUp")}
      </Button>
      <Button variant="default" onClick={() => setAsking(false)}>
        {shell("cancel")}
      </Button>
      {dropping.error ? <Failed error={dropping.error} /> : null}
    </Group>
  );
}
