import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { day } from "./date";
import { changeCm3, mm2, percent, plain } from "./figure";
import type { Assessment, LesionChange, Timeline } from "./forms";
import styles from "./Patient.module.css";

/** Lesions that are shown before all are asked for. */
const FIRST = 12;

type Track = Assessment["tracks"][number];
type Lesion = Assessment["timepoints"][number]["lesions"][number];

const SIGNS: Readonly<Record<string, string>> = {
  first: "", persisting: "", new: "★", split: "÷", merged: "∪", vanished: "∅", reappeared: "↺",
};

/** The lesions of a track at one timepoint: more than one where it has split. */
function seen(assessment: Assessment, track: Track, timepoint: number): readonly Lesion[] {
  const wanted = track.sightings[timepoint]?.lesions ?? [];
  const lesions = assessment.timepoints[timepoint]?.lesions ?? [];
  return lesions.filter((lesion) => wanted.includes(lesion.index));
}

function Sighted({ assessment, track, at }: { assessment: Assessment; track: Track; at: number }) {
  const { t } = useTranslation("vocabulary");
  const fate = track.sightings[at]?.fate;
  const volumes = seen(assessment, track, at).map((lesion) => plain(lesion.volumes_cm3.wt));
  const isPlain = fate === "persisting" || fate === "first";
  return (
    <td>
      <span className="figure">{volumes.join(" + ") || "–"}</span>
      {fate && !isPlain ? (
        <div className={styles.fate}>
          <span aria-hidden="true">{SIGNS[fate]} </span>
          {t(`fate_${fate}`, { defaultValue: fate })}
        </div>
      ) : null}
    </td>
  );
}

/** Regions, diameters and change of a track at the timepoint that is looked at. */
function Closer({ lesions, change }: { lesions: readonly Lesion[]; change: LesionChange | undefined }) {
  const regions = ["et", "netc", "snfh", "rc"] as const;
  const parts = (pick: (lesion: Lesion) => string) => lesions.map(pick).join(" + ") || "–";
  const diameters = lesions.flatMap((lesion) => (lesion.diameters ? [lesion.diameters] : []));
  return (
    <>
      {regions.map((region) => (
        <td key={region} className="figure">
          {parts((lesion) => plain(lesion.volumes_cm3[region]))}
        </td>
      ))}
      <td className="figure">{parts((it) => it.bounds_cm3.map((bound) => plain(bound)).join("–"))}</td>
      <td className="figure">
        {diameters.map((it) => `${plain(it.long_mm, 1)} × ${plain(it.short_mm, 1)}`).join("; ") || "–"}
      </td>
      <td className="figure">{mm2(change?.product_mm2)}</td>
      <td>
        <span className="figure">{changeCm3(change?.change_cm3)}</span>
        <div className={`${styles.aside} figure`}>{percent(change?.change_percent)}</div>
      </td>
    </>
  );
}

function Head({ assessment, chosen }: { assessment: Assessment; chosen: number }) {
  const { t } = useTranslation("patient");
  const points = assessment.timepoints;
  const date = day(points[chosen]?.date) ?? `${chosen + 1}`;
  return (
    <thead>
      <tr>
        <th scope="col" rowSpan={2} className={styles.sticky}>
          {t("lesion")}
        </th>
        <th scope="colgroup" colSpan={points.length}>
          {t("volumeAt")}
        </th>
        <th scope="colgroup" colSpan={8}>
          {t("closer")} <span className="figure">{date}</span>
        </th>
      </tr>
      <tr>
        {points.map((point, n) => (
          <th scope="col" key={point.study} data-chosen={n === chosen || undefined} className="figure">
            {day(point.date) ?? `${n + 1}`}
          </th>
        ))}
        {["ET", "NETC", "SNFH", "RC"].map((region) => (
          <th scope="col" key={region}>
            {region}
          </th>
        ))}
        <th scope="col">{t("error")}</th>
        <th scope="col">{t("diameters")}</th>
        <th scope="col">{t("product")}</th>
        <th scope="col">{t("delta")}</th>
      </tr>
    </thead>
  );
}

/** Each lesion through time: its volumes, what became of it, and what is known of it now. */
export function LesionTable({ timeline, chosen }: { timeline: Timeline; chosen: number }) {
  const { t } = useTranslation("patient");
  const [isAll, showAll] = useState(false);
  const assessment = timeline.assessment;
  if (!assessment) return null;
  const tracks = assessment.tracks;
  if (tracks.length === 0) return <p className={styles.aside}>{t("noLesions")}</p>;
  const shown = isAll ? tracks : tracks.slice(0, FIRST);
  const changeOf = (track: Track) =>
    timeline.lesions?.find((it) => it.track === track.uid && it.timepoint === chosen);
  return (
    <>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("lesionTable")}>
        <table className={styles.table}>
          <caption>{t("lesionCaption")}</caption>
          <Head assessment={assessment} chosen={chosen} />
          <tbody>
            {shown.map((track) => (
              <tr key={track.uid}>
                <th scope="row" className={styles.sticky}>
                  <bdi>{track.name}</bdi>
                </th>
                {assessment.timepoints.map((point, n) => (
                  <Sighted key={point.study} assessment={assessment} track={track} at={n} />
                ))}
                <Closer lesions={seen(assessment, track, chosen)} change={changeOf(track)} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {tracks.length > FIRST ? (
        <Button mt="xs" size="compact-sm" variant="default" onClick={() => showAll(!isAll)}>
          {isAll ? t("fewer") : t("allLesions", { count: tracks.length })}
        </Button>
      ) : null}
    </>
  );
}
