import { useTranslation } from "react-i18next";
import { day } from "../patient/date";
import { cm3, mm2, plain } from "../patient/figure";
import type { Assessment } from "../patient/forms";
import page from "../patient/Patient.module.css";
import { keyed } from "../patient/vocabulary";

const REGIONS = ["wt", "tc", "et", "netc", "snfh", "rc"] as const;

/** The timepoints that a report compares, each once: reference, nadir and newest. */
function columns(assessment: Assessment): readonly number[] {
  const last = assessment.timepoints.length - 1;
  return [...new Set([assessment.reference, assessment.nadir, last])];
}

function Title({ assessment, at }: { assessment: Assessment; at: number }) {
  const { t } = useTranslation("vocabulary");
  const kind = assessment.reference_kind;
  const words = [
    at === assessment.reference ? t(keyed("reference", kind), { defaultValue: kind }) : "",
    at === assessment.nadir ? t("nadir") : "",
    at === assessment.timepoints.length - 1 ? t("current") : "",
  ].filter(Boolean);
  return (
    <th scope="col">
      {words.join(", ")}
      <div className="figure">{day(assessment.timepoints[at]?.date) ?? t("noDate")}</div>
    </th>
  );
}

/** Volumes of the exams that are compared, side by side. */
export function Volumes({ assessment }: { assessment: Assessment }) {
  const { t } = useTranslation(["report", "vocabulary", "patient"]);
  const shown = columns(assessment);
  const at = (n: number) => assessment.timepoints[n];
  return (
    <div className={page.scroll} tabIndex={0} role="region" aria-label={t("report:volumes")}>
      <table className={page.table}>
        <caption>{t("report:volumesCaption")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("report:region")}</th>
            {shown.map((n) => (
              <Title key={n} assessment={assessment} at={n} />
            ))}
          </tr>
        </thead>
        <tbody>
          {REGIONS.map((region) => (
            <tr key={region}>
              <th scope="row">{t(`vocabulary:region_${region}`)}</th>
              {shown.map((n) => (
                <td key={n} className="figure">
                  {cm3(at(n)?.volumes_cm3[region])}
                </td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">{t("patient:products")}</th>
            {shown.map((n) => (
              <td key={n} className="figure">
                {mm2(at(n)?.sum_of_products_mm2)}
              </td>
            ))}
          </tr>
          <tr>
            <th scope="row">{t("patient:lesions")}</th>
            {shown.map((n) => (
              <td key={n} className="figure">
                {plain(at(n)?.lesions.length ?? 0, 0)}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}
