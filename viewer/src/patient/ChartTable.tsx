import { useTranslation } from "react-i18next";
import { REGIONS } from "./chartForm";
import { day } from "./date";
import { mm2, plain } from "./figure";
import type { Assessment, Timeline } from "./forms";
import styles from "./Patient.module.css";
import { keyed } from "./vocabulary";

/** What a timepoint is called besides its date. */
function titles(assessment: Assessment, n: number, t: (word: string) => string): string {
  const last = assessment.timepoints.length - 1;
  return [
    n === assessment.reference ? t(`vocabulary:${keyed("reference", assessment.reference_kind)}`) : "",
    n === assessment.nadir ? t("vocabulary:nadir") : "",
    n === last ? t("vocabulary:current") : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/** The numbers of the curves as a table, for who cannot see them or wants to copy them. */
export function ChartTable({ timeline }: { timeline: Timeline }) {
  const { t } = useTranslation(["patient", "vocabulary"]);
  const assessment = timeline.assessment;
  if (!assessment) return null;
  return (
    <details className={styles.details}>
      <summary>{t("patient:asTable")}</summary>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("patient:tableCaption")}>
        <table className={styles.table}>
          <caption>{t("patient:tableCaption")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("patient:exam")}</th>
              <th scope="col">{t("patient:role")}</th>
              {REGIONS.map((region) => (
                <th scope="col" key={region}>
                  {t(`vocabulary:region_${region}`)}
                </th>
              ))}
              <th scope="col">{t("patient:error")}</th>
              <th scope="col">{t("patient:products")}</th>
            </tr>
          </thead>
          <tbody>
            {assessment.timepoints.map((point, n) => {
              const band = timeline.bands_cm3[n];
              return (
                <tr key={point.study}>
                  <th scope="row" className="figure">
                    {day(point.date) ?? t("vocabulary:noDate")}
                  </th>
                  <td>{titles(assessment, n, t)}</td>
                  {REGIONS.map((region) => (
                    <td key={region} className="figure">
                      {plain(point.volumes_cm3[region])}
                    </td>
                  ))}
                  <td className="figure">{band ? `${plain(band[0] ?? 0)} – ${plain(band[1] ?? 0)}` : "–"}</td>
                  <td className="figure">{mm2(point.sum_of_products_mm2)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </details>
  );
}
