import "./words";
import { useTranslation } from "react-i18next";
import { moment } from "../patient/date";
import page from "../patient/Patient.module.css";
import type { Signature } from "./forms";

/** Whether a document is sealed, by whom and when, and whether the seal covers all of it. */
export function Signed({ signature }: { signature: Signature | null }) {
  const { t, i18n } = useTranslation("report");
  if (!signature) return <span>○ {t("unsigned")}</span>;
  return (
    <span>
      <strong>
        {signature.valid ? "✓" : "✕"} {t(signature.valid ? "valid" : "invalid")}
      </strong>
      <div>
        {t("signedBy")} <bdi>{signature.signer}</bdi>
        {signature.time_ms === null ? null : (
          <>
            {", "}
            <bdi>{moment(signature.time_ms, i18n.language)}</bdi>
          </>
        )}
      </div>
      <div className={page.aside}>{t(signature.whole_document ? "whole" : "partial")}</div>
    </span>
  );
}
