import { AXES, type Axis, type Point } from "../../compare/grid";
import { type Labels, type Recorder, voxelAt } from "./edit";

/** A round brush. */
export interface Brush {
  readonly radius_mm: number;
  /** Flat in the slices along this index; without one, a ball. */
  readonly flatAlong?: Axis;
  /** The label that is painted; 0 erases. */
  readonly label: number;
  /** Labels that may be painted over; without this, all. */
  readonly over?: readonly number[];
  /** Only voxels whose value in an image lies in this range. */
  readonly within?: { readonly image: Int16Array; readonly low: number; readonly high: number };
}

/** The largest brush: more is not painting. */
export const RADIUS_MAX_MM = 50;

/** Paints once, around a voxel (fractions allowed), in a grid of this spacing. */
export function dab(labels: Labels, spacing_mm: Point, brush: Brush, centre: Point, to: Recorder): void {
  const radius = Math.min(brush.radius_mm, RADIUS_MAX_MM);
  const range = (axis: Axis): [number, number] => {
    if (axis === brush.flatAlong) return [Math.round(centre[axis]), Math.round(centre[axis])];
    const reach = radius / spacing_mm[axis];
    return [Math.ceil(centre[axis] - reach), Math.floor(centre[axis] + reach)];
  };
  const held = (axis: Axis): [number, number] => {
    const [first, last] = range(axis);
    return [Math.max(0, first), Math.min(labels.size[axis] - 1, last)];
  };
  const [[i0, i1], [j0, j1], [k0, k1]] = [held(0), held(1), held(2)];
  for (let k = k0; k <= k1; k += 1) {
    for (let j = j0; j <= j1; j += 1) {
      for (let i = i0; i <= i1; i += 1) {
        if (isInside(spacing_mm, brush.flatAlong, radius, centre, [i, j, k])) {
          paint(labels, brush, voxelAt(labels, i, j, k), to);
        }
      }
    }
  }
}

/** Paints along the way of the hand, so densely that no gap is left. */
export function stroke(labels: Labels, spacing_mm: Point, brush: Brush, from: Point, till: Point, to: Recorder): void {
  const way_mm = Math.hypot(...AXES.map((axis) => (till[axis] - from[axis]) * spacing_mm[axis]));
  const steps = Math.max(1, Math.ceil(way_mm / Math.max(brush.radius_mm / 2, Math.min(...spacing_mm) / 2)));
  for (let step = 0; step <= steps; step += 1) {
    const at = (axis: Axis) => from[axis] + ((till[axis] - from[axis]) * step) / steps;
    dab(labels, spacing_mm, brush, [at(0), at(1), at(2)], to);
  }
}

/** The voxel nearest to the centre is painted by even the smallest brush. */
function isInside(spacing_mm: Point, flat: Axis | undefined, radius: number, centre: Point, voxel: Point): boolean {
  const apart = AXES.map((axis) => (axis === flat ? 0 : (voxel[axis] - centre[axis]) * spacing_mm[axis]));
  if (Math.hypot(...apart) <= radius) return true;
  return AXES.every((axis) => voxel[axis] === Math.round(centre[axis]));
}

function paint({ values }: Labels, { label, over, within }: Brush, voxel: number, to: Recorder): void {
  const old = values[voxel];
  if (old === undefined || (over && !over.includes(old))) return;
  if (within) {
    const value = within.image[voxel];
    if (value === undefined || value < within.low || value > within.high) return;
  }
  to.set(voxel, label);
}
