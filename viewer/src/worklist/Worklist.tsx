import "../patient/vocabulary";
import "./words";
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import { BreakGlass } from "../patient/BreakGlass";
import type { WorklistSearch } from "../router";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import { told, worklistOf } from "./asks";
import { Filters } from "./Filters";
import type { Page } from "./forms";
import { useListKeys } from "./keys";
import { type Live, useJobs } from "./live";
import { Pages } from "./Pages";
import { RowCells } from "./RowCells";
import styles from "./Worklist.module.css";

/** Time that news may gather before the list is asked for again, in milliseconds. */
const GATHER_MS = 700;

const COLUMNS = ["patient", "exam", "state", "change", "response", "age", "doubts"] as const;

/** Keeps the list up to date: stages at once, everything else by asking again. */
function useNews() {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void queries.invalidateQueries({ queryKey: ["worklist"] }), GATHER_MS);
  };
  const onJob = (job: Forms["JobDto"]) => {
    queries.setQueriesData<Page>({ queryKey: ["worklist"] }, (page) => told(page, job));
    if (job.state !== "running") ask();
  };
  return useJobs(onJob, ask);
}

function LiveMark({ live, again }: { live: Live; again: () => void }) {
  const { t } = useTranslation("worklist");
  return (
    <span className={styles.quiet} role="status">
      {live === "live" ? "● " : "○ "}
      {t(live)}{" "}
      {live === "lost" ? (
        <Button size="compact-xs" variant="default" onClick={again}>
          {t("again")}
        </Button>
      ) : null}
    </span>
  );
}

function Nothing({ wish }: { wish: WorklistSearch }) {
  const { t } = useTranslation("worklist");
  const navigate = useNavigate();
  const open = (patient: string) => void navigate({ to: "/patients/$patient", params: { patient } });
  const isFiltered = wish.search !== undefined || wish.state !== undefined;
  return (
    <div role="status">
      <p>{t(isFiltered ? "nothingFound" : "empty")}</p>
      {isFiltered ? (
        <p>
          <Link to="/worklist">{t("clear")}</Link>
        </p>
      ) : null}
      <BreakGlass onOpen={open} />
    </div>
  );
}

/** The list itself. */
function List({ page, now }: { page: Page; now: number }) {
  const { t } = useTranslation("worklist");
  return (
    <div className={styles.scroll}>
      <table className={styles.list}>
        <caption>{t("caption", { total: page.total })}</caption>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th scope="col" key={column}>
                {t(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {page.patients.map((row) => (
            <RowCells key={row.patient} row={row} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The patients of whoever is signed in, and where the newest result of each stands. */
export function Worklist() {
  const { t } = useTranslation("worklist");
  const wish = useSearch({ from: "/worklist" });
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [now] = useState(() => Date.now());
  const { live, again } = useNews();
  const page = useQuery({ ...worklistOf(wish), ...(live === "live" ? {} : { refetchInterval: 30_000 }) });
  useListKeys(list, field);
  return (
    <div className={styles.page} ref={list}>
      <div className={styles.top}>
        <h1>{t("title")}</h1>
        <LiveMark live={live} again={again} />
      </div>
      <Filters wish={wish} field={field} />
      {page.isPending ? <Loading /> : null}
      {page.error ? (
        <>
          {page.data ? <p>{t("stale")}</p> : null}
          <Failed error={page.error} reset={() => void page.refetch()} />
        </>
      ) : null}
      {page.data && page.data.patients.length > 0 ? <List page={page.data} now={now} /> : null}
      {page.data?.patients.length === 0 ? <Nothing wish={wish} /> : null}
      <div className={styles.foot}>
        <span className={styles.quiet}>{t("keys")}</span>
        {page.data ? <Pages wish={wish} total={page.data.total} /> : null}
      </div>
    </div>
  );
}
