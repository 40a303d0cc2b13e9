import { type Point, minus } from "./grid";
import type { Plane } from "./planes";

/** A distance drawn on a slice, in the space that all timepoints share. */
export interface Line {
  readonly plane: Plane;
  /** The index of the slice. */
  readonly slice: number;
  /** LPS millimetres. */
  readonly from: Point;
  readonly to: Point;
}

/** Most distances kept: the oldest goes when there are more. */
export const LINES_MAX = 30;
/** A line shorter than this was a slip of the hand. */
const LENGTH_MIN_MM = 0.5;

/** How long a line is. */
export function length_mm({ from, to }: Line): number {
  return Math.hypot(...minus(to, from));
}

/** The lines with one more. */
export function drawn(lines: readonly Line[], line: Line): readonly Line[] {
  return length_mm(line) < LENGTH_MIN_MM ? lines : [...lines, line].slice(-LINES_MAX);
}
