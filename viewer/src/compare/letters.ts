import { AXES, type Point, times } from "./grid";

/** Letters of the two ends of each LPS axis: against it, and along it. */
const ENDS = [
  ["R", "L"],
  ["A", "P"],
  ["F", "H"],
] as const;

/** Components below this are left out: about six degrees from an axis nobody can see. */
const COMPONENT_MIN = 0.1;

/** The side of the patient that a direction points to, its main letter first ("L", "LA"). */
export function letters(direction: Point): string {
  return AXES.filter((axis) => Math.abs(direction[axis]) >= COMPONENT_MIN)
    .sort((a, b) => Math.abs(direction[b]) - Math.abs(direction[a]))
    .map((axis) => ENDS[axis][direction[axis] < 0 ? 0 : 1])
    .join("");
}

/** Letters for the four edges of a view. */
export interface Edges {
  readonly top: string;
  readonly bottom: string;
  readonly left: string;
  readonly right: string;
}

/** The letters at the edges of a view, from what is up and what is right on the screen (LPS). */
export function edges(up: Point, right: Point): Edges {
  return {
    top: letters(up),
    bottom: letters(times(up, -1)),
    left: letters(times(right, -1)),
    right: letters(right),
  };
}
