import "../patient/words";
import "./words";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import { has, useMe } from "../api/me";
import { patientOf, studyOf } from "../patient/asks";
import { day } from "../patient/date";
import { Doubts } from "../patient/Doubts";
import page from "../patient/Patient.module.css";
import { IdentityLine, PersonName } from "../patient/PersonName";
import { StateChip } from "../patient/StateChip";
import { Verdicts } from "../patient/Verdicts";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import { addressOf, documentsOf, newestPage } from "./asks";
import { Documents } from "./Documents";
import type { Document } from "./forms";
import { Volumes } from "./KeyFacts";
import { Signed } from "./Signed";
import { Vouched } from "./Vouched";
import { LinkButton } from "../patient/LinkButton";

/** The sealed page: who signed it, and the way to it. */
function Sealed({ study, document }: { study: string; document: Document | undefined }) {
  const { t } = useTranslation("report");
  if (!document) return null;
  const address = addressOf(study, document.uid);
  return (
      <div className={page.card}>
        <div className={page.lead}>
          <strong>
            {t("kind_document")}, {t("version").toLowerCase()} <span className="figure">{document.version}</span>
          </strong>
          <StateChip state={document.state} />
        </div>
        <Signed signature={document.signature} />
        <p className={page.aside}>{t("pdfNote")}</p>
        <div className={page.actions}>
          <Button component="a" href={address} target="_blank" rel="noreferrer">
            {t("openPdf")}
          </Button>
          <Button component="a" variant="default" href={address} download>
            {t("downloadPdf")}
          </Button>
        </div>
      </div>
  );
}

function Content({ assessment }: { assessment: Forms["AssessmentRecord"] }) {
  const { t } = useTranslation("report");
  return (
    <>
      <section aria-labelledby="response">
        <h2 id="response">{t("response")}</h2>
        <Verdicts verdicts={assessment.verdicts} />
      </section>
      <div className={page.columns}>
        <section aria-labelledby="volumes">
          <h2 id="volumes">{t("volumes")}</h2>
          <Volumes assessment={assessment} />
        </section>
        <section aria-labelledby="doubts">
          <h2 id="doubts">{t("doubts")}</h2>
          <Doubts doubts={assessment.doubts} />
          <dl className={page.facts}>
            <dt>{t("model")}</dt>
            <dd>
              <bdi className="figure">
                {assessment.model.name} {assessment.model.version}
              </bdi>
            </dd>
            <dt>{t("software")}</dt>
            <dd className="figure">{assessment.software_version}</dd>
          </dl>
        </section>
      </div>
    </>
  );
}

/** The report of a study: its content, its seal, its versions, and where they went. */
export function Report() {
  const { t } = useTranslation("report");
  const { study } = useParams({ from: "/studies/$study/report" });
  const who = useMe();
  const found = useQuery(studyOf(study));
  const documents = useQuery(documentsOf(study));
  const person = useQuery({ ...patientOf(found.data?.patient ?? ""), enabled: found.isSuccess });
  if (found.isPending) return <Loading />;
  if (!found.data) return <Failed error={found.error} reset={() => void found.refetch()} />;
  const assessment = found.data.assessment;
  const newest = assessment?.timepoints[assessment.timepoints.length - 1];
  const params = { study };
  return (
    <div className={page.page}>
      <div className={page.head}>
        <div>
          <h1>
            {t("report")}: <PersonName identity={person.data?.identity} />{" "}
            <span className="figure">{day(newest?.date) ?? ""}</span>
          </h1>
          <div className={page.aside}>
            <IdentityLine identity={person.data?.identity} />
          </div>
        </div>
        <nav className={page.actions} aria-label={t("report")}>
          <LinkButton to="/patients/$patient" params={{ patient: found.data.patient }}>
            {t("fullPatient")}
          </LinkButton>
          {has(who, "oncologist", "radiologist") ? (
            <LinkButton to="/studies/$study/trail" params={params}>
              {t("trail")}
            </LinkButton>
          ) : null}
          {has(who, "radiologist") ? (
            <LinkButton to="/studies/$study/review" params={params}>
              {t("amend")}
            </LinkButton>
          ) : null}
        </nav>
      </div>
      {assessment ? <Vouched study={study} /> : null}
      <Sealed study={study} document={newestPage(documents.data)} />
      {assessment ? <Content assessment={assessment} /> : <p>{t("noAssessment")}</p>}
      <section aria-labelledby="documents">
        <h2 id="documents">{t("documents")}</h2>
        <Documents study={study} />
      </section>
    </div>
  );
}
