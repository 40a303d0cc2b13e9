import type { Region, Threshold, Timeline } from "./forms";
import { type Axis, type Scale, axisOf, linear, ticks } from "./scale";

/** Room around the plot, in pixels. */
export const MARGIN = { left: 56, right: 22, top: 44, bottom: 26 } as const;

/** Height of one row of treatments, in pixels. */
export const LANE = 20;

/** Colour, letter and line of each curve; they stand apart without colour too. */
export const CURVES: Readonly<Record<Region, { colour: string; letter: string; dash: string }>> = {
  wt: { colour: "var(--curve-wt)", letter: "T", dash: "" },
  et: { colour: "var(--curve-et)", letter: "E", dash: "7 3" },
  netc: { colour: "var(--curve-netc)", letter: "N", dash: "2 3" },
  snfh: { colour: "var(--curve-snfh)", letter: "F", dash: "10 3 2 3" },
  rc: { colour: "var(--curve-rc)", letter: "R", dash: "4 4" },
};

/** The regions in the order of the buttons. */
export const REGIONS: readonly Region[] = ["wt", "et", "netc", "snfh", "rc"];

/** Kinds of treatment, one row each. */
export const LANES = ["surgery", "radiotherapy", "drug", "steroid"] as const;

/** Where everything stands in the picture. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly bottom: number;
  readonly axis: Axis;
  readonly y: Scale;
  readonly marks: readonly number[];
  readonly lanes: readonly (typeof LANES)[number][];
  /** Borders of criteria that are volumes of a curve that is shown. */
  readonly lines: readonly { threshold: Threshold; region: Region }[];
}

/** The curve that a border of the criteria belongs to; nothing when it is not a volume. */
export function regionOf(threshold: Threshold): Region | undefined {
  const name = /^(wt|et|netc|snfh|rc)_cm3$/.exec(threshold.quantity)?.[1];
  return REGIONS.find((region) => region === name);
}

/** Lays the picture out for a width in pixels. */
export function plotOf(timeline: Timeline, shown: readonly Region[], width: number, tall: number): Plot {
  const points = timeline.assessment?.timepoints ?? [];
  const lines = timeline.thresholds.flatMap((threshold) => {
    const region = regionOf(threshold);
    return region && shown.includes(region) ? [{ threshold, region }] : [];
  });
  const heights = points.flatMap((point) => shown.map((region) => point.volumes_cm3[region]));
  const bands = shown.includes("wt") ? timeline.bands_cm3.map((band) => band[1] ?? 0) : [];
  const marks = ticks(Math.max(0, ...heights, ...bands, ...lines.map((it) => it.threshold.value)));
  const lanes = LANES.filter((kind) => timeline.events.some((event) => event.kind === kind));
  const bottom = tall - MARGIN.bottom;
  const days = timeline.events.flatMap((event) => [event.from, event.to]);
  const across = [MARGIN.left + 12, width - MARGIN.right] as const;
  return {
    width,
    height: tall + lanes.length * LANE,
    bottom,
    axis: axisOf(points.map((point) => point.date), days, across),
    y: linear([0, marks[marks.length - 1] ?? 1], [bottom, MARGIN.top]),
    marks,
    lanes,
    lines,
  };
}
