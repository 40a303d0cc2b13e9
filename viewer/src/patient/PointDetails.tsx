import { useTranslation } from "react-i18next";
import { REGIONS } from "./chartForm";
import { day } from "./date";
import { cm3, mm2, plain } from "./figure";
import type { Timeline } from "./forms";
import styles from "./Patient.module.css";

/** What was measured at the timepoint that is looked at. */
export function PointDetails({ timeline, chosen }: { timeline: Timeline; chosen: number }) {
  const { t } = useTranslation(["patient", "vocabulary"]);
  const point = timeline.assessment?.timepoints[chosen];
  const band = timeline.bands_cm3[chosen];
  if (!point) return null;
  return (
    <div className={styles.card} aria-live="polite">
      <h3 className={styles.tight}>
        <span className="figure">{day(point.date) ?? t("vocabulary:noDate")}</span>
      </h3>
      <dl className={`${styles.facts} ${styles.numbers}`}>
        {REGIONS.map((region) => [
          <dt key={`${region} word`}>{t(`vocabulary:region_${region}`)}</dt>,
          <dd key={region}>
            <span className="figure">{cm3(point.volumes_cm3[region])}</span>
            {region === "wt" && band ? (
              <div className={`${styles.aside} figure`}>
                {plain(band[0] ?? 0)} – {plain(band[1] ?? 0)} cm³
              </div>
            ) : null}
          </dd>,
        ])}
        <dt>{t("patient:products")}</dt>
        <dd>
          <span className="figure">{mm2(point.sum_of_products_mm2)}</span>
        </dd>
        <dt>{t("patient:lesions")}</dt>
        <dd>
          <span className="figure">{point.lesions.length}</span>
        </dd>
        {point.ignored > 0 ? (
          <>
            <dt>{t("patient:ignored")}</dt>
            <dd>
              <span className="figure">
                {point.ignored} ({cm3(point.ignored_cm3)})
              </span>
            </dd>
          </>
        ) : null}
      </dl>
    </div>
  );
}
