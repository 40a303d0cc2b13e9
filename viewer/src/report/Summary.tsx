import "../patient/words";
import "./words";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { patientOf, timelineOf } from "../patient/asks";
import { Doubts } from "../patient/Doubts";
import type { Assessment, Timeline } from "../patient/forms";
import page from "../patient/Patient.module.css";
import { IdentityLine, PersonName } from "../patient/PersonName";
import { ResponseWord } from "../patient/ResponseWord";
import { Needed } from "../patient/Verdicts";
import { VolumeChart } from "../patient/VolumeChart";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import { Clinical } from "./Clinical";
import { Standing } from "./Standing";
import styles from "./Summary.module.css";
import { Vouched } from "./Vouched";

/** What is open: doubts that a person must look at, and what the criteria would need. */
function Ask({ assessment }: { assessment: Assessment }) {
  const { t } = useTranslation("report");
  const missing = [...new Set(assessment.verdicts.flatMap((verdict) => verdict.missing))];
  const held = assessment.doubts.filter((doubt) => doubt.holds);
  if (missing.length + held.length === 0) return <p>{t("askNothing")}</p>;
  return (
    <>
      {held.length > 0 ? (
        <>
          <p>{t("askDoubt")}</p>
          <Doubts doubts={held} />
        </>
      ) : null}
      {missing.length > 0 ? (
        <>
          <p>{t("askMissing")}</p>
          <Needed missing={missing} />
        </>
      ) : null}
    </>
  );
}

function Sheet({ timeline }: { timeline: Timeline }) {
  const { t } = useTranslation(["report", "vocabulary"]);
  const assessment = timeline.assessment;
  const [chosen, choose] = useState((assessment?.timepoints.length ?? 1) - 1);
  if (!assessment) return <p>{t("report:noAssessment")}</p>;
  return (
    <>
      <section aria-labelledby="latest">
        <h2 id="latest">{t("report:latest")}</h2>
        <div className={page.lead}>
          {assessment.verdicts.map((verdict) => (
            <span key={verdict.criteria}>
              <bdi>{verdict.criteria}</bdi> <ResponseWord response={verdict.overall ?? verdict.imaging} />
            </span>
          ))}
        </div>
        {timeline.study ? <Vouched study={timeline.study} /> : null}
        {assessment.verdicts.every((verdict) => !verdict.overall) ? (
          <p className={page.aside}>{t("report:imagingOnly")}</p>
        ) : null}
        <Standing timeline={timeline} assessment={assessment} />
      </section>
      <section aria-labelledby="curve">
        <h2 id="curve">{t("report:curve")}</h2>
        <VolumeChart timeline={{ ...timeline, events: [] }} shown={["wt"]} chosen={chosen} choose={choose} tall={180} />
      </section>
      <section aria-labelledby="doubts">
        <h2 id="doubts">{t("report:doubts")}</h2>
        <Doubts doubts={assessment.doubts} />
      </section>
      <section aria-labelledby="ask">
        <h2 id="ask">{t("report:ask")}</h2>
        <Ask assessment={assessment} />
      </section>
    </>
  );
}

/** One page for the clinic, as wide as a frame in the hospital's record: 360 to 900 pixels. */
export function Summary() {
  const { t } = useTranslation("report");
  const { patient } = useParams({ from: "/patients/$patient/summary" });
  const person = useQuery(patientOf(patient));
  const timeline = useQuery(timelineOf(patient));
  if (person.isPending || timeline.isPending) return <Loading />;
  if (!person.data) return <Failed error={person.error} reset={() => void person.refetch()} />;
  return (
    <article className={styles.sheet} aria-label={t("summary")}>
      <h1>
        <PersonName identity={person.data.identity} />
      </h1>
      <p className={page.aside}>
        <IdentityLine identity={person.data.identity} />
      </p>
      {timeline.data ? (
        <>
          <Sheet key={timeline.data.study} timeline={timeline.data} />
          <Clinical timeline={timeline.data} />
        </>
      ) : (
        <Failed error={timeline.error} reset={() => void timeline.refetch()} />
      )}
      <p className={styles.note} role="note">
        {t("researchUse")}
      </p>
      <Link to="/patients/$patient" params={{ patient }}>
        {t("fullPatient")}
      </Link>
    </article>
  );
}
