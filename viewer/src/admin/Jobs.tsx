import { Button, NativeSelect, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import style from "./admin.module.css";
import { JOBS, jobs } from "./asks";
import { Listing } from "./Listing";
import { Moment } from "./Moment";
import { type Order, Steer } from "./Steer";

const STATES = ["failed", "held", "running", "pending", "completed", "superseded", "cancelled"];

/** Which words fit a job in a state; the node refuses any other. */
const FITTING: Record<string, readonly Order["word"][]> = {
  failed: ["retry", "cancel"],
  held: ["release", "cancel"],
  pending: ["cancel"],
  running: ["cancel"],
  cancelled: ["retry"],
};

type Job = Forms["JobDto"];

/** What is being computed, what waits for a human, and what was given up. */
export function Jobs() {
  const { t } = useTranslation("admin");
  const [offset, setOffset] = useState(0);
  const [state, setState] = useState("");
  const asked = useQuery(jobs(offset));
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <Failed error={asked.error} reset={() => void asked.refetch()} />;
  const count = (of: string) => asked.data.filter((job) => job.state === of).length;
  return (
    <>
      {asked.error ? <Failed error={asked.error} /> : null}
      <div className={style.row}>
        <NativeSelect
          label={t("state")}
          value={state}
          onChange={(event) => setState(event.currentTarget.value)}
          data={[
            { value: "", label: `${t("all")} (${asked.data.length})` },
            ...STATES.map((value) => ({ value, label: `${t(`state_${value}`)} (${count(value)})` })),
          ]}
        />
        <Button variant="default" disabled={offset === 0} onClick={() => setOffset(offset - JOBS)}>
          {t("newer")}
        </Button>
        <Button variant="default" disabled={asked.data.length < JOBS} onClick={() => setOffset(offset + JOBS)}>
          {t("older")}
        </Button>
      </div>
      <Table rows={asked.data.filter((job) => !state || job.state === state)} />
    </>
  );
}

function Table({ rows }: { rows: readonly Job[] }) {
  const { t } = useTranslation("admin");
  const orders = (job: Job) =>
    (FITTING[job.state] ?? []).map((word) => ({
      word,
      number: job.id,
      address: `/api/v1/jobs/${job.id}/${word}`,
    }));
  return (
    <Listing
      caption={t("jobs")}
        isQuiet
      rows={rows}
      name={(job) => job.id}
      empty={t("noJobs")}
      columns={[
        { head: t("number"), cell: (job) => job.id, figure: true },
        { head: t("state"), cell: (job) => t(`state_${job.state}`, job.state) },
        { head: t("stage"), cell: (job) => job.stage, figure: true },
        { head: t("why"), cell: (job) => <Why job={job} /> },
        { head: t("attempts"), cell: (job) => job.failed_attempts || "—", figure: true },
        { head: t("patient"), cell: (job) => <span className={style.code}>{job.patient}</span>, figure: true },
        { head: t("changed"), cell: (job) => <Moment ms={job.changed_ms} /> },
        { head: t("actions"), cell: (job) => <Steer orders={orders(job)} stale={["admin", "jobs"]} /> },
      ]}
    />
  );
}

function Why({ job }: { job: Job }) {
  const { t } = useTranslation("admin");
  if (!job.reason && !job.fault) return <>—</>;
  return (
    <>
      <bdi>{job.reason}</bdi>
      {job.fault ? (
        <Text size="xs" c="dimmed">
          {t(`fault_${job.fault}`, job.fault)}
        </Text>
      ) : null}
    </>
  );
}
