import "./words";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { moment } from "../patient/date";
import page from "../patient/Patient.module.css";
import { StateChip } from "../patient/StateChip";
import { reviewOf } from "./asks";

/** States that ask a reader to be careful, and the sentence of each. */
const WARNINGS: Readonly<Record<string, string>> = {
  preliminary: "unverified", rejected: "rejected", superseded: "superseded",
};

/** Whether a person vouches for a result. As long as nobody is known to, it is a draft. */
export function Vouched({ study }: { study: string }) {
  const { t, i18n } = useTranslation("report");
  const review = useQuery(reviewOf(study));
  if (review.isPending) return null;
  const state = review.data?.state ?? "preliminary";
  const warning = WARNINGS[state];
  const history = review.data?.history ?? [];
  return (
    <>
      <p className={page.banner} data-access={warning ? "emergency" : undefined} role="note">
        {warning ? `⚠ ${t(warning)} ` : `${t("resultState")}: `}
        <StateChip state={state} />
      </p>
      {history.length > 0 ? (
        <details className={page.details}>
          <summary>{t("spoken")}</summary>
          <ul className={page.needed}>
            {history.map((it) => (
              <li key={`${it.version} ${it.at_ms}`}>
                {t("version")} <span className="figure">{it.version}</span>: <StateChip state={it.state} /> {t("by")}{" "}
                <bdi>{it.by}</bdi>, <bdi>{moment(it.at_ms, i18n.language)}</bdi>
                {it.reason ? (
                  <>
                    {" · "}
                    {t("reason")}: <bdi>{it.reason}</bdi>
                  </>
                ) : null}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </>
  );
}
