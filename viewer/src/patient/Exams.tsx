import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import { day } from "./date";
import styles from "./Patient.module.css";
import { StateChip } from "./StateChip";

/** The exams of a patient and where the result of each stands. */
export function Exams({ studies }: { studies: readonly Forms["StudyDto"][] }) {
  const { t } = useTranslation(["patient", "vocabulary"]);
  const newest = [...studies].sort((a, b) => (day(b.date) ?? "").localeCompare(day(a.date) ?? ""));
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("patient:history")}>
      <table className={styles.table}>
        <caption>{t("patient:historyCaption")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("patient:exam")}</th>
            <th scope="col">{t("patient:state")}</th>
            <th scope="col">{t("patient:open")}</th>
          </tr>
        </thead>
        <tbody>
          {newest.map(({ study, date, state }) => (
            <tr key={study}>
              <th scope="row" className="figure">
                {day(date) ?? t("vocabulary:noDate")}
              </th>
              <td>
                <StateChip state={state} />
              </td>
              <td>
                <Link to="/studies/$study/report" params={{ study }}>
                  {t("patient:report")}
                </Link>
                {" · "}
                <Link to="/studies/$study/trail" params={{ study }}>
                  {t("patient:trail")}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
