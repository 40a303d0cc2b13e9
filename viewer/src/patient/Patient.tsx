import "./words";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { has, useMe } from "../api/me";
import { Problem } from "../api/problem";
import { Documents } from "../report/Documents";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import { patientOf, timelineOf } from "./asks";
import { BreakGlass } from "./BreakGlass";
import { Curves } from "./Curves";
import { Doubts } from "./Doubts";
import { Exams } from "./Exams";
import type { Timeline } from "./forms";
import { Head } from "./Head";
import { LesionTable } from "./LesionTable";
import styles from "./Patient.module.css";
import { Verdicts } from "./Verdicts";

/** Sentences about what is unusual in a timeline. */
function Notes({ timeline }: { timeline: Timeline }) {
  const { t } = useTranslation("patient");
  const points = timeline.assessment?.timepoints ?? [];
  const newest = points[points.length - 1];
  const notes = [
    points.length === 1 ? "oneExam" : "",
    newest && newest.lesions.length === 0 ? "noTumour" : "",
    points.some((point) => !point.date) ? "undated" : "",
  ].filter(Boolean);
  return notes.map((note) => <p key={note}>{t(note)}</p>);
}

/** Everything that was measured of a patient. */
function Findings({ timeline }: { timeline: Timeline }) {
  const { t } = useTranslation("patient");
  const last = (timeline.assessment?.timepoints.length ?? 1) - 1;
  const [chosen, choose] = useState(last);
  if (!timeline.assessment) return <p>{t("noAssessment")}</p>;
  return (
    <>
      <Notes timeline={timeline} />
      <Curves timeline={timeline} chosen={chosen} choose={choose} />
      <section aria-labelledby="lesions">
        <h2 id="lesions">{t("lesionTable")}</h2>
        <LesionTable timeline={timeline} chosen={chosen} />
      </section>
      <section aria-labelledby="verdicts">
        <h2 id="verdicts">{t("verdicts")}</h2>
        <Verdicts verdicts={timeline.assessment.verdicts} />
      </section>
      <section aria-labelledby="doubts">
        <h2 id="doubts">{t("doubts")}</h2>
        <Doubts doubts={timeline.assessment.doubts} />
      </section>
    </>
  );
}

/** Says that a patient is not there for the reader, and offers the door for emergencies. */
function NotYours({ patient, error }: { patient: string; error: Error }) {
  const queries = useQueryClient();
  const who = useMe();
  const mayAsk = has(who, "oncologist", "radiologist", "clinician");
  return (
    <div className={styles.page}>
      <Failed error={error} />
      {mayAsk ? (
        <div className={styles.actions}>
          <BreakGlass patient={patient} onOpen={() => void queries.invalidateQueries()} />
        </div>
      ) : null}
    </div>
  );
}

/** A patient: who it is, what was measured through time, what it means, and what is in doubt. */
export function Patient() {
  const { t } = useTranslation("patient");
  const { patient } = useParams({ from: "/patients/$patient" });
  const person = useQuery(patientOf(patient));
  const timeline = useQuery({ ...timelineOf(patient), enabled: person.isSuccess });
  const isRefused = person.error instanceof Problem && person.error.status === 403;
  if (isRefused && person.error) return <NotYours patient={patient} error={person.error} />;
  if (person.isPending) return <Loading />;
  if (!person.data) return <Failed error={person.error} reset={() => void person.refetch()} />;
  const study = timeline.data?.study ?? undefined;
  return (
    <div className={styles.page}>
      <Head patient={person.data} study={study} />
      {timeline.isPending ? <Loading /> : null}
      {timeline.error ? <Failed error={timeline.error} reset={() => void timeline.refetch()} /> : null}
      {timeline.data ? <Findings key={study ?? patient} timeline={timeline.data} /> : null}
      <div className={styles.columns}>
        <section aria-labelledby="history">
          <h2 id="history">{t("history")}</h2>
          <Exams studies={timeline.data?.studies ?? person.data.studies} />
        </section>
        {study ? (
          <section aria-labelledby="documents">
            <h2 id="documents">{t("documents")}</h2>
            <Documents study={study} />
          </section>
        ) : null}
      </div>
    </div>
  );
}
