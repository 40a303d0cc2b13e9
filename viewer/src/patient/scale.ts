import { DAY_MS, dayMs } from "./date";

/** A line from values to pixels. */
export type Scale = (value: number) => number;

/** Maps `from` to `to`, straight; a domain without width goes to the middle. */
export function linear(from: readonly [number, number], to: readonly [number, number]): Scale {
  const width = from[1] - from[0];
  if (width === 0) return () => (to[0] + to[1]) / 2;
  return (value) => to[0] + ((value - from[0]) / width) * (to[1] - to[0]);
}

/** Round numbers from zero up to at least `top`, about `count` of them. */
export function ticks(top: number, count = 5): number[] {
  if (!(top > 0)) return [0, 1];
  const rough = top / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? 10 * power;
  const marks = [0];
  while ((marks[marks.length - 1] ?? top) < top) marks.push(Number((step * marks.length).toPrecision(6)));
  return marks;
}

/** Where the timepoints stand from left to right, and how a day finds its place among them. */
export interface Axis {
  readonly at: readonly number[];
  /** Whether the distances are true to time; without dates they only tell the order. */
  readonly isDated: boolean;
  readonly ofDay: (date: string | null | undefined) => number | undefined;
}

/** Places timepoints by their dates, or evenly when one has none. */
export function axisOf(
  dates: readonly (string | null | undefined)[],
  days: readonly (string | null | undefined)[],
  width: readonly [number, number],
): Axis {
  const moments = dates.map(dayMs);
  const known = moments.filter((at) => at !== undefined);
  if (known.length === 0 || known.length < moments.length) {
    const scale = linear([0, Math.max(1, dates.length - 1)], width);
    const at = dates.length === 1 ? [(width[0] + width[1]) / 2] : dates.map((_, n) => scale(n));
    return { at, isDated: false, ofDay: () => undefined };
  }
  const all = [...known, ...days.map(dayMs).filter((at) => at !== undefined)];
  const [first, last] = [Math.min(...all), Math.max(...all)];
  const pad = first === last ? 30 * DAY_MS : 0;
  const scale = linear([first - pad, last + pad], width);
  const ofDay = (date: string | null | undefined) => {
    const at = dayMs(date);
    return at === undefined ? undefined : scale(at);
  };
  return { at: known.map(scale), isDated: true, ofDay };
}

/** Which labels can stand without touching, from the newest back. */
export function roomy(at: readonly number[], apart: number): boolean[] {
  let next = Number.POSITIVE_INFINITY;
  const keep = at.map(() => false);
  for (let n = at.length - 1; n >= 0; n -= 1) {
    const here = at[n];
    if (here === undefined || next - here < apart) continue;
    keep[n] = true;
    next = here;
  }
  return keep;
}

/** Heights moved up, where they must be, until they stand apart; the lowest stays where it is. */
export function spread(heights: readonly number[], apart: number): number[] {
  const order = heights.map((_, n) => n).sort((a, b) => (heights[b] ?? 0) - (heights[a] ?? 0));
  const moved = [...heights];
  let ceiling = Number.POSITIVE_INFINITY;
  for (const n of order) {
    const height = Math.min(heights[n] ?? 0, ceiling);
    moved[n] = height;
    ceiling = height - apart;
  }
  return moved;
}
