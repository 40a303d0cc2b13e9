import "./vocabulary";
import { useElementSize } from "@mantine/hooks";
import type { KeyboardEvent, PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Chart.module.css";
import { Axes, Band, Curve, Lanes, References, Thresholds } from "./ChartLayers";
import { MARGIN, type Plot, plotOf } from "./chartForm";
import { day } from "./date";
import { cm3 } from "./figure";
import type { Region, Timeline } from "./forms";
import { spread } from "./scale";

/** What the curve is drawn of, and which timepoint is looked at. */
export interface VolumeChartProps {
  timeline: Timeline;
  shown: readonly Region[];
  chosen: number;
  choose: (timepoint: number) => void;
  /** Height of the plot without the rows of treatments, in pixels. */
  tall?: number;
}

/** Height that the letter of a curve needs, in pixels. */
const LETTER = 13;

/** The timepoint nearest to a place in the picture. */
function nearest(plot: Plot, x: number): number {
  const away = plot.axis.at.map((at) => Math.abs(at - x));
  return away.indexOf(Math.min(...away));
}

/** Where a key leads from a timepoint; the arrows follow time, in every language. */
function led(key: string, from: number, last: number): number | undefined {
  if (key === "ArrowLeft" || key === "ArrowDown") return Math.max(0, from - 1);
  if (key === "ArrowRight" || key === "ArrowUp") return Math.min(last, from + 1);
  if (key === "Home") return 0;
  return key === "End" ? last : undefined;
}

/**
 * The volumes through time, with the error of measurement, the references, the borders of the
 * criteria and the treatments. It is a slider over the timepoints for the keyboard.
 */
export function VolumeChart({ timeline, shown, chosen, choose, tall = 300 }: VolumeChartProps) {
  const { t } = useTranslation(["patient", "vocabulary"]);
  const { ref, width } = useElementSize();
  const points = timeline.assessment?.timepoints ?? [];
  const plot = plotOf(timeline, shown, Math.max(280, width || 640), tall);
  const dates = points.map((point) => day(point.date) ?? t("vocabulary:noDate"));
  const now = points[chosen];
  const press = (event: KeyboardEvent) => {
    const next = led(event.key, chosen, points.length - 1);
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
  };
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const next = nearest(plot, x);
    if (next !== chosen) choose(next);
  };
  if (!timeline.assessment || !now) return null;
  const newest = points[points.length - 1] ?? now;
  const ends = spread(shown.map((region) => plot.y(newest.volumes_cm3[region])), LETTER);
  const x = plot.axis.at[chosen] ?? 0;
  return (
    <div ref={ref} className={`${styles.frame} figure`}>
      <svg
        className={styles.chart}
        width={plot.width}
        height={plot.height}
        role="slider"
        tabIndex={0}
        aria-label={t("patient:curve")}
        aria-valuemin={1}
        aria-valuemax={points.length}
        aria-valuenow={chosen + 1}
        aria-valuetext={`${dates[chosen]}: ${t("vocabulary:region_wt")} ${cm3(now.volumes_cm3.wt)}`}
        onKeyDown={press}
        onPointerMove={point}
        onPointerDown={point}
      >
        <Axes plot={plot} dates={plot.axis.isDated ? dates : points.map((_, n) => `${n + 1}`)} />
        <line className={styles.cursor} x1={x} x2={x} y1={MARGIN.top - 4} y2={plot.bottom} />
        {shown.includes("wt") ? <Band plot={plot} bands={timeline.bands_cm3} /> : null}
        <References plot={plot} assessment={timeline.assessment} />
        <Thresholds plot={plot} />
        {shown.map((region, n) => (
          <Curve
            key={region}
            plot={plot}
            region={region}
            values={points.map((it) => it.volumes_cm3[region])}
            end={ends[n] ?? 0}
          />
        ))}
        <Lanes plot={plot} events={timeline.events} />
      </svg>
    </div>
  );
}
