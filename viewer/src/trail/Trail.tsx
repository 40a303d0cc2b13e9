import "../patient/vocabulary";
import "./words";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";
import { patientOf, studyOf } from "../patient/asks";
import { LinkButton } from "../patient/LinkButton";
import page from "../patient/Patient.module.css";
import { PersonName } from "../patient/PersonName";
import { Verdicts } from "../patient/Verdicts";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import { trailOf } from "./asks";
import type { TrailForm } from "./forms";
import { Graph } from "./Graph";
import { layoutOf } from "./layout";
import { StepList } from "./StepList";
import { StepPanel } from "./StepPanel";
import styles from "./Trail.module.css";

/** What people changed, apart from the picture: it must not be overlooked. */
function ByPeople({ trail }: { trail: TrailForm }) {
  const { t } = useTranslation("trail");
  const edits = trail.nodes.filter((step) => step.by === "human");
  if (edits.length === 0) return <p className={page.aside}>{t("noHuman")}</p>;
  return (
    <ul className={page.doubts}>
      {edits.map((step) => (
        <li key={step.id}>
          ✎ <bdi>{step.title}</bdi>: <bdi>{step.why}</bdi>
        </li>
      ))}
    </ul>
  );
}

function Run({ study, trail }: { study: string; trail: TrailForm }) {
  const { t } = useTranslation("trail");
  const [chosen, choose] = useState<number>();
  const layout = useMemo(() => layoutOf(trail), [trail]);
  if (trail.nodes.length === 0) return <p>{t("empty")}</p>;
  return (
    <>
      <div className={styles.split}>
        <Graph layout={layout} chosen={chosen} choose={choose} />
        <div aria-live="polite">
          <StepPanel study={study} step={trail.nodes.find((step) => step.id === chosen)} />
        </div>
      </div>
      <p className={page.aside}>{t("legend")}</p>
      <StepList layout={layout} choose={choose} />
      <section aria-labelledby="people">
        <h2 id="people">{t("human")}</h2>
        <ByPeople trail={trail} />
      </section>
    </>
  );
}

/** How a result was made: each step, who decided and why, with its numbers and files. */
export function Trail() {
  const { t } = useTranslation("trail");
  const { study } = useParams({ from: "/studies/$study/trail" });
  const trail = useQuery(trailOf(study));
  const found = useQuery(studyOf(study));
  const person = useQuery({ ...patientOf(found.data?.patient ?? ""), enabled: found.isSuccess });
  const isThere = !(trail.error instanceof Problem && trail.error.status === 404);
  if (trail.isPending) return <Loading />;
  if (!isThere) return <p className={page.page}>{t("empty")}</p>;
  if (!trail.data) return <Failed error={trail.error} reset={() => void trail.refetch()} />;
  return (
    <div className={page.page}>
      <div className={page.head}>
        <h1>
          {t("title")}
          {person.data ? (
            <>
              : <PersonName identity={person.data.identity} />
            </>
          ) : null}
        </h1>
        <nav className={page.actions} aria-label={t("title")}>
          <LinkButton to="/studies/$study/report" params={{ study }}>
            {t("report")}
          </LinkButton>
          {found.data ? (
            <LinkButton to="/patients/$patient" params={{ patient: found.data.patient }}>
              {t("patient")}
            </LinkButton>
          ) : null}
        </nav>
      </div>
      <Run key={study} study={study} trail={trail.data} />
      {found.data?.assessment ? (
        <section aria-labelledby="rules">
          <h2 id="rules">{t("rules")}</h2>
          <Verdicts verdicts={found.data.assessment.verdicts} />
        </section>
      ) : null}
    </div>
  );
}
