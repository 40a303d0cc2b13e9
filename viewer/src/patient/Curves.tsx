import "./vocabulary";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Chart.module.css";
import { ChartTable } from "./ChartTable";
import { CURVES, REGIONS, regionOf } from "./chartForm";
import { cm3, mm2 } from "./figure";
import type { Region, Timeline } from "./forms";
import page from "./Patient.module.css";
import { PointDetails } from "./PointDetails";
import { VolumeChart } from "./VolumeChart";

function Toggle({ region, isOn, flip }: { region: Region; isOn: boolean; flip: () => void }) {
  const { t } = useTranslation("vocabulary");
  const { colour, letter, dash } = CURVES[region];
  return (
    <button type="button" aria-pressed={isOn} onClick={flip}>
      <svg className={`${styles.swatch} ${styles.chart}`} width={26} height={10} aria-hidden="true">
        <line x1={1} x2={25} y1={5} y2={5} style={{ stroke: colour }} strokeWidth={2} strokeDasharray={dash} />
      </svg>
      <b aria-hidden="true">{letter}</b> {t(`region_${region}`)}
    </button>
  );
}

/** Borders of the criteria as sentences: also those that are not volumes. */
function Borders({ timeline }: { timeline: Timeline }) {
  const { t } = useTranslation(["patient", "vocabulary"]);
  if (timeline.thresholds.length === 0) return null;
  return (
    <>
      <h3>{t("patient:thresholds")}</h3>
      <ul className={styles.legend}>
        {timeline.thresholds.map((it) => {
          const region = regionOf(it);
          const quantity = region ? t(`vocabulary:region_${region}`) : t(`patient:quantity_${it.quantity}`, { defaultValue: it.quantity });
          return (
            <li key={it.criteria + it.word + it.from}>
              <b>{it.word}</b>: {quantity}{" "}
              <span className="figure">{region ? cm3(it.value) : it.quantity.endsWith("_mm2") ? mm2(it.value) : it.value}</span>{" "}
              {t(`vocabulary:versus_${it.from}`)} (<bdi title={it.source}>{it.criteria}</bdi>)
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Treatments({ events }: { events: Timeline["events"] }) {
  const { t } = useTranslation("patient");
  if (events.length === 0) return <p className={page.aside}>{t("noTreatments")}</p>;
  return (
    <ol className={styles.legend} aria-label={t("treatments")}>
      {events.map((event) => (
        <li key={event.kind + event.from + event.text}>
          <b>{t(`event_${event.kind}`)}</b>{" "}
          <span className="figure">
            {event.from}
            {event.kind === "surgery" ? "" : ` – ${event.to ?? "…"}`}
          </span>{" "}
          <bdi>{event.text}</bdi> <span className={page.aside}>(<bdi>{event.source}</bdi>)</span>
        </li>
      ))}
    </ol>
  );
}

/** The curves of a patient with their switches, their details, and a table of the same numbers. */
export function Curves({ timeline, chosen, choose }: { timeline: Timeline; chosen: number; choose: (n: number) => void }) {
  const { t } = useTranslation("patient");
  const [shown, show] = useState<readonly Region[]>(["wt", "et"]);
  const flip = (region: Region) =>
    show(REGIONS.filter((it) => (it === region ? !shown.includes(it) : shown.includes(it))));
  return (
    <section aria-labelledby="curve-heading">
      <h2 id="curve-heading">{t("curve")}</h2>
      <div className={styles.toggles} role="group" aria-label={t("regions")}>
        {REGIONS.map((region) => (
          <Toggle key={region} region={region} isOn={shown.includes(region)} flip={() => flip(region)} />
        ))}
      </div>
      <div className={styles.split}>
        <div>
          <VolumeChart timeline={timeline} shown={shown} chosen={chosen} choose={choose} />
          <Treatments events={timeline.events} />
        </div>
        <div>
          <PointDetails timeline={timeline} chosen={chosen} />
          <Borders timeline={timeline} />
        </div>
      </div>
      <p className={page.aside}>{t("bandMeaning")}</p>
      <ChartTable timeline={timeline} />
    </section>
  );
}
