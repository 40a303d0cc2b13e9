import { sheetOf, stamp } from "./edit/brush";
import { between, boxOf, joined } from "./edit/interpolate";
import type { Painted } from "./edit/past";
import type { Grid } from "./forms";
import { type Plane, planeOf } from "./grid";
import type { Outlines } from "./outlines";
import { SIZES_MM, type View } from "./view";

/** What a stroke is painted on. */
export interface Ground {
  grid: Grid;
  image: Int16Array;
  outlines: Outlines;
}

/** Where the view paints. */
export function painted(view: View, plane: Plane): Painted {
  return { plane: plane.name, slice: view.cross[plane.through.axis], label: view.label };
}

/** Paints, erases, or paints what lies within the band of the threshold brush. */
export function paint(
  { grid, image, outlines }: Ground,
  view: View,
  places: readonly (readonly [number, number])[],
  isErasing: boolean,
): void {
  const plane = planeOf(grid, view.plane);
  const sheet = sheetOf(grid, plane, view.cross[plane.through.axis]);
  const radius = SIZES_MM[view.size] ?? 1;
  const [low, high] = view.band;
  const fits = (at: number) => {
    const value = image[at] ?? 0;
    return isErasing || view.tool !== "threshold" || (value >= low && value <= high);
  };
  outlines.paint((stroke) => {
    for (const [x, y] of places) {
      stamp(sheet, x, y, radius, (at) => {
        if (fits(at)) stroke.put(at, isErasing ? 0 : view.label);
      });
    }
  });
}

/** Fills the slices between the last two that were painted with one label on one plane. Says how
 * many; none where there are no such two. Voxels that have a label already keep it. */
export function fillBetween({ grid, outlines }: Ground): number {
  const steps = outlines.steps().toReversed();
  const strokes = steps.flatMap((step) => (step.kind === "voxels" && step.slice ? [{ diff: step.diff, ...step.slice }] : []));
  const last = strokes[0];
  const other = strokes.find((one) => one.plane === last?.plane && one.label === last.label && one.slice !== last.slice);
  if (!last || !other) return 0;
  const plane = planeOf(grid, last.plane as View["plane"]);
  const sheet = (slice: number) => sheetOf(grid, plane, slice);
  const first = Math.min(last.slice, other.slice);
  const count = Math.abs(last.slice - other.slice) + 1;
  const touched = new Set([...last.diff.at, ...other.diff.at]);
  const boxes = [last, other].map(({ slice }) => boxOf(sheet(slice), (at) => touched.has(at)));
  const { map } = outlines.seen();
  if (count < 3 || !boxes[0] || !boxes[1]) return 0;
  const box = joined(boxes[0], boxes[1]);
  const sheets = Array.from({ length: count }, (_, n) => sheet(first + n));
  outlines.paint((stroke) => {
    between(sheets, box, (at) => map[at] === last.label, (at) => {
      if (map[at] === 0) stroke.put(at, last.label);
    });
  });
  return outlines.end() ? count - 2 : 0;
}
