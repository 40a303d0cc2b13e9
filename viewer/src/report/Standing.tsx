import { useState } from "react";
import { useTranslation } from "react-i18next";
import { age, day, dayMs } from "../patient/date";
import { changeCm3, cm3, percent, plain } from "../patient/figure";
import type { Assessed, Assessment, Timeline } from "../patient/forms";
import styles from "./Summary.module.css";
import { keyed } from "../patient/vocabulary";

/** The change as the worklist says it: with its error and its reference. */
function Changed({ assessed }: { assessed: Assessed }) {
  const { t } = useTranslation(["report", "vocabulary"]);
  if (typeof assessed.change_cm3 !== "number") return null;
  return (
    <div>
      <dt>{t("report:change")}</dt>
      <dd>
        <span className="figure">{changeCm3(assessed.change_cm3)}</span>
        <small>
          <span className="figure">± {cm3(assessed.noise_cm3)}</span>{" "}
          {assessed.versus ? t(`vocabulary:${keyed("versus", assessed.versus)}`) : null}
        </small>
      </dd>
    </div>
  );
}

/** Volume, change and age of what is known, each in a box of its own. */
export function Standing({ timeline, assessment }: { timeline: Timeline; assessment: Assessment }) {
  const { t, i18n } = useTranslation(["report", "vocabulary"]);
  const [now] = useState(() => Date.now());
  const last = assessment.timepoints.length - 1;
  const newest = assessment.timepoints[last];
  const band = timeline.bands_cm3[last];
  const at = dayMs(newest?.date);
  const changes = assessment.verdicts.filter((it) => typeof it.change_from_reference_percent === "number");
  return (
    <dl className={styles.facts}>
      <div>
        <dt>{t("report:volumeNow")}</dt>
        <dd>
          <span className="figure">{cm3(newest?.volumes_cm3.wt)}</span>
          {band ? (
            <small className="figure">
              {plain(band[0] ?? 0)} – {plain(band[1] ?? 0)} cm³
            </small>
          ) : null}
        </dd>
      </div>
      {timeline.assessed ? <Changed assessed={timeline.assessed} /> : null}
      {changes.map((verdict) => (
        <div key={verdict.criteria}>
          <dt>
            {t("report:change")}, <bdi>{verdict.criteria}</bdi>
          </dt>
          <dd>
            <span className="figure">{percent(verdict.change_from_reference_percent)}</span>
            <small>{t(`vocabulary:${keyed("versus", assessment.reference_kind)}`)}</small>
          </dd>
        </div>
      ))}
      {changes.length === 0 ? (
        <div>
          <dt>{t("report:change")}</dt>
          <dd>
            <small>{t("report:notCompared")}</small>
          </dd>
        </div>
      ) : null}
      {typeof timeline.made_ms === "number" ? (
        <div>
          <dt>{t("report:age")}</dt>
          <dd>{age(timeline.made_ms, now, i18n.language)}</dd>
        </div>
      ) : null}
      <div>
        <dt>{t("report:examAge")}</dt>
        <dd>
          {at === undefined ? t("vocabulary:noDate") : age(at, now, i18n.language)}
          {at === undefined ? null : <small className="figure">{day(newest?.date)}</small>}
        </dd>
      </div>
    </dl>
  );
}
