import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { age, day } from "../patient/date";
import { changeCm3, cm3, percent, plain } from "../patient/figure";
import { IdentityLine, PersonName, written } from "../patient/PersonName";
import { ResponseWord } from "../patient/ResponseWord";
import { StateChip } from "../patient/StateChip";
import type { Row } from "./forms";
import { Stage } from "./Stage";
import styles from "./Worklist.module.css";
import { LinkButton } from "../patient/LinkButton";
import { keyed } from "../patient/vocabulary";

function Change({ row }: { row: Row }) {
  const { t } = useTranslation(["worklist", "vocabulary"]);
  const it = row.assessed;
  if (!it) return <span className={styles.quiet}>{t("worklist:noResult")}</span>;
  if (typeof it.change_cm3 !== "number") {
    return (
      <>
        <span className="figure">{cm3(it.volume_cm3)}</span>
        <div className={styles.quiet}>{t("worklist:first")}</div>
      </>
    );
  }
  return (
    <>
      <span className={`figure ${styles.line}`}>
        {typeof it.change_percent === "number" ? `${percent(it.change_percent)} · ` : ""}
        {changeCm3(it.change_cm3)} {typeof it.noise_cm3 === "number" ? <span className={styles.quiet}>± {plain(it.noise_cm3)}</span> : null}
      </span>
      {it.versus ? <div className={styles.quiet}>{t(`vocabulary:${keyed("versus", it.versus)}`)}</div> : null}
    </>
  );
}

function Doubted({ count }: { count: number }) {
  const { t } = useTranslation("worklist");
  return count === 0 ? t("doubts_none") : <b>{t("doubts", { count })}</b>;
}

function Next({ row }: { row: Row }) {
  const { t } = useTranslation("worklist");
  if (!row.job) return null;
  const params = { study: row.job.study };
  const name = written(row.identity?.name ?? "") || row.patient;
  if (row.state === "held") {
    return (
      <LinkButton size="compact-xs" mt={4} to="/studies/$study/series" params={params} aria-label={t("chooseHint", { name })}>
        {t("pickSeries")}
      </LinkButton>
    );
  }
  return null;
}

function State({ row }: { row: Row }) {
  const job = row.job;
  const isOnItsWay = job && (job.state === "running" || job.state === "pending");
  return (
    <>
      <StateChip state={row.state} />
      {isOnItsWay ? <Stage job={job} /> : null}
      {job?.reason && (job.state === "held" || job.state === "failed") ? (
        <div className={`${styles.quiet} ${styles.reason}`}>
          <bdi lang="en">{job.reason}</bdi>
        </div>
      ) : null}
      <Next row={row} />
    </>
  );
}

/** One patient of the worklist. The name is the link that the keys move along. */
export function RowCells({ row, now }: { row: Row; now: number }) {
  const { t, i18n } = useTranslation(["worklist", "vocabulary"]);
  const it = row.assessed;
  return (
    <tr data-patient={row.patient}>
      <th scope="row">
        <Link to="/patients/$patient" params={{ patient: row.patient }} data-row className={styles.name}>
          <PersonName identity={row.identity} />
        </Link>
        <div className={styles.quiet}>
          <IdentityLine identity={row.identity} />
        </div>
      </th>
      <td>
        <span className="figure">{day(row.newest_study_date) ?? t("vocabulary:noDate")}</span>
        <div className={styles.quiet}>{t("worklist:studies", { count: row.studies })}</div>
      </td>
      <td>
        <State row={row} />
      </td>
      <td>
        <Change row={row} />
      </td>
      <td>
        {it ? <ResponseWord response={it.response} /> : "–"}
        {it?.criteria ? (
          <div className={styles.quiet}>
            <bdi>{it.criteria}</bdi>
            {it.is_overall ? null : `, ${t("worklist:imagesOnly")}`}
          </div>
        ) : null}
      </td>
      <td className={styles.line}>{it ? age(it.made_ms, now, i18n.language) : "–"}</td>
      <td className={styles.line}>
        {it ? <Doubted count={it.doubts} /> : "–"}
      </td>
    </tr>
  );
}
