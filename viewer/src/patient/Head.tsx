import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import { has, useMe } from "../api/me";
import { moment } from "./date";
import { Delegate } from "./Delegate";
import styles from "./Patient.module.css";
import { IdentityLine, PersonName } from "./PersonName";
import { LinkButton } from "./LinkButton";

/** By what right one looks, and until when. */
function Access({ patient }: { patient: Forms["PatientDto"] }) {
  const { t, i18n } = useTranslation("patient");
  const isEmergency = patient.access === "emergency";
  // The node renews the grant of an assignment by itself: its end would only mislead.
  const isLent = isEmergency || patient.access === "delegated";
  return (
    <p className={styles.banner} data-access={patient.access} role={isEmergency ? "alert" : undefined}>
      <strong>
        {isEmergency ? "⚠ " : ""}
        {t(`access_${patient.access}`, { defaultValue: patient.access })}
      </strong>{" "}
      {isLent ? t("accessEnds", { when: moment(patient.access_ends_ms, i18n.language) }) : null}
      {isEmergency ? <> · {t("emergencyNotice")}</> : null}
    </p>
  );
}

/** Where one can go from a patient. */
function Actions({ patient, study }: { patient: Forms["PatientDto"]; study: string | undefined }) {
  const { t } = useTranslation("patient");
  const who = useMe();
  const isReader = has(who, "oncologist", "radiologist");
  return (
    <nav className={styles.actions} aria-label={t("open")}>
      {study && isReader ? (
        <>
          <LinkButton to="/studies/$study/compare" params={{ study }}>
            {t("compare")}
          </LinkButton>
          {has(who, "radiologist") ? (
            <LinkButton to="/studies/$study/review" params={{ study }}>
              {t("review")}
            </LinkButton>
          ) : null}
          <LinkButton to="/studies/$study/trail" params={{ study }}>
            {t("trail")}
          </LinkButton>
        </>
      ) : null}
      {study ? (
        <LinkButton to="/studies/$study/report" params={{ study }}>
          {t("report")}
        </LinkButton>
      ) : null}
      <LinkButton to="/patients/$patient/summary" params={{ patient: patient.patient }}>
        {t("summary")}
      </LinkButton>
      {isReader && patient.access === "assigned" ? <Delegate patient={patient.patient} /> : null}
    </nav>
  );
}

/** Who the patient is, by what right one looks, and where one can go. */
export function Head({ patient, study }: { patient: Forms["PatientDto"]; study: string | undefined }) {
  return (
    <>
      <div className={styles.head}>
        <div>
          <h1>
            <PersonName identity={patient.identity} />
          </h1>
          <div className={styles.aside}>
            <IdentityLine identity={patient.identity} />
          </div>
        </div>
        <Actions patient={patient} study={study} />
      </div>
      <Access patient={patient} />
    </>
  );
}
