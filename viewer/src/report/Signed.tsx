import "./words";
import { useTranslation } from "react-i18next";
import { moment } from "../patient/date";
import page from "../patient/Patient.module.css";
import type { Signature } from "./forms";

/** Whether a document is sealed, by whom and when, and whether the seal covers all of it. */
export function Signed({ signature }: { signature: Signature | null | undefined }) {
  const { t, i18n } = useTranslation("report");
  if (!signature) return <span>○ {t("unsigned")}</span>;
  return (
    <span>
      <strong>
        {signature.valid ? "✓" : "✕"} {t(signature.valid ? "valid" : "invalid")}
      </strong>
      <div>
        {signature.signer ? (
          <>
            {t("signedBy")} <bdi>{signature.signer}</bdi>
          </>
        ) : null}
        {typeof signature.time_ms === "number" ? (
          <>
            {", "}
            <bdi>{moment(signature.time_ms, i18n.language)}</bdi>
          </>
        ) : null}
      </div>
      <div className={page.aside}>{signature.valid ? t("whole") : <bdi lang="en">{signature.why}</bdi>}</div>
    </span>
  );
}
