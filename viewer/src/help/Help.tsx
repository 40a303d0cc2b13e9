import "../patient/vocabulary";
import "./words";
import { useTranslation } from "react-i18next";
import { type Role, has, useMe } from "../api/me";
import page from "../patient/Patient.module.css";
import { Keys } from "./Keys";
import { Meanings } from "./Meanings";

const ROLES: readonly Role[] = ["oncologist", "radiologist", "clinician", "administrator", "auditor"];

/** Sentences for each role, in the order of a working day. */
const STEPS: Readonly<Record<Role, number>> = {
  oncologist: 4, radiologist: 4, clinician: 3, administrator: 3, auditor: 2,
};

/** What somebody with a role does here; the reader's own roles stand open. */
function Persona({ role }: { role: Role }) {
  const { t } = useTranslation(["help", "shell"]);
  const isMine = has(useMe(), role);
  return (
    <details className={page.details} open={isMine}>
      <summary>
        <strong>{t(`shell:role_${role}`)}</strong>
        {isMine ? ` · ${t("help:yours")}` : ""}
      </summary>
      <ol className={page.prose}>
        {Array.from({ length: STEPS[role] }, (_, n) => (
          <li key={n}>{t(`help:${role}_${n + 1}`)}</li>
        ))}
      </ol>
    </details>
  );
}

/** Short help: what one does here, what the marks mean, which keys there are. */
export function Help() {
  const { t } = useTranslation("help");
  return (
    <div className={page.page}>
      <h1>{t("title")}</h1>
      <p className={page.banner} role="note">
        <strong>{t("research")}</strong> {t("researchMore")}
      </p>
      <h2>{t("work")}</h2>
      {ROLES.map((role) => (
        <Persona key={role} role={role} />
      ))}
      <h2>{t("meanings")}</h2>
      <Meanings />
      <div className={page.columns}>
        <section aria-labelledby="noise">
          <h2 id="noise">{t("noise")}</h2>
          <p className={page.prose}>{t("noiseMore")}</p>
          <p className={page.prose}>{t("nadirMore")}</p>
          <p className={page.prose}>{t("doubtsMore")}</p>
        </section>
        <section aria-labelledby="keys">
          <h2 id="keys">{t("keys")}</h2>
          <Keys />
        </section>
      </div>
    </div>
  );
}
