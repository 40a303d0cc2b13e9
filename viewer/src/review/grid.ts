import type { Grid, Lps } from "./forms";

export const PLANES = ["axial", "coronal", "sagittal"] as const;
export type PlaneName = (typeof PLANES)[number];

type Axis = 0 | 1 | 2;
const AXES: readonly Axis[] = [0, 1, 2];

/** A direction along a patient axis: which one (L, P, S) and whether towards it. */
interface Heading {
  axis: Axis;
  sign: 1 | -1;
}

/** What lies to the right and below on the screen, as radiologists look at it. */
const LOOK: Record<PlaneName, { right: Heading; down: Heading }> = {
  axial: { right: { axis: 0, sign: 1 }, down: { axis: 1, sign: 1 } },
  coronal: { right: { axis: 0, sign: 1 }, down: { axis: 2, sign: -1 } },
  sagittal: { right: { axis: 1, sign: 1 }, down: { axis: 2, sign: -1 } },
};

const LETTERS: readonly (readonly [string, string])[] = [["L", "R"], ["P", "A"], ["S", "I"]];

/** A grid axis along the screen, and whether the screen runs against it. */
interface Run {
  axis: Axis;
  isTurned: boolean;
  count: number;
  mm: number;
}

/** How slices of a plane lie on the screen. */
export interface Plane {
  name: PlaneName;
  across: Run;
  down: Run;
  through: Run;
  letters: { left: string; right: string; top: string; bottom: string };
}

/** The letter of the patient axis that a vector runs along most. */
function letter(vector: Lps, sign: number): string {
  const sizes = vector.map(Math.abs);
  const most = sizes.indexOf(Math.max(...sizes));
  const isTowards = (vector[most] ?? 0) * sign > 0;
  return LETTERS[most]?.[isTowards ? 0 : 1] ?? "";
}

/** Which grid axis runs along each patient axis: each is taken once, the clearest first. */
function matched(grid: Grid): Axis[] {
  const pairs = AXES.flatMap((axis) => AXES.map((patient) => ({ axis, patient, size: Math.abs(grid.direction[axis][patient]) })));
  const of: Axis[] = [];
  for (const { axis, patient } of pairs.toSorted((a, b) => b.size - a.size)) {
    if (of[patient] === undefined && !of.includes(axis)) of[patient] = axis;
  }
  return of;
}

/** How a plane of a grid is shown; its letters follow from the grid's own directions. */
export function planeOf(grid: Grid, name: PlaneName): Plane {
  const of = matched(grid);
  const look = LOOK[name];
  const run = ({ axis: patient, sign }: Heading): Run => {
    const axis = of[patient] ?? patient;
    return {
      axis,
      isTurned: grid.direction[axis][patient] * sign < 0,
      count: grid.size[axis],
      mm: grid.spacing_mm[axis],
    };
  };
  const across = run(look.right);
  const down = run(look.down);
  const rest = AXES.find((axis) => axis !== across.axis && axis !== down.axis) ?? 2;
  const ahead = (of_run: Run, sign: 1 | -1) => letter(grid.direction[of_run.axis], of_run.isTurned ? -sign : sign);
  return {
    name,
    across,
    down,
    through: { axis: rest, isTurned: false, count: grid.size[rest], mm: grid.spacing_mm[rest] },
    letters: { left: ahead(across, -1), right: ahead(across, 1), top: ahead(down, -1), bottom: ahead(down, 1) },
  };
}

/** Steps in memory from a voxel to the next along i, j and k. */
export function strides(grid: Grid): readonly [number, number, number] {
  return [1, grid.size[0], grid.size[0] * grid.size[1]];
}

/** Where along a grid axis a place on the screen is, in voxels. Works both ways. */
export function along(run: Run, at: number): number {
  return run.isTurned ? run.count - 1 - at : at;
}

/** Voxel to patient. Halves of voxels are allowed; whole numbers are centres. */
export function toLps(grid: Grid, voxel: Lps): Lps {
  const at = (n: Axis) =>
    grid.origin_lps_mm[n] + AXES.reduce<number>((sum, axis) => sum + grid.direction[axis][n] * grid.spacing_mm[axis] * voxel[axis], 0);
  return [at(0), at(1), at(2)];
}

/** Patient to voxel; the directions of a grid are at right angles. */
export function toVoxel(grid: Grid, place: Lps): Lps {
  const at = (axis: Axis) =>
    AXES.reduce<number>((sum, n) => sum + grid.direction[axis][n] * (place[n] - grid.origin_lps_mm[n]), 0) / grid.spacing_mm[axis];
  return [at(0), at(1), at(2)];
}

/** The place on the screen's slice (x, y) and the slice number of a voxel. */
export function onPlane(plane: Plane, voxel: Lps): { x: number; y: number; slice: number } {
  return {
    x: along(plane.across, voxel[plane.across.axis]),
    y: along(plane.down, voxel[plane.down.axis]),
    slice: voxel[plane.through.axis],
  };
}

/** The voxel of a place on a slice. */
export function fromPlane(plane: Plane, x: number, y: number, slice: number): Lps {
  const voxel: [number, number, number] = [0, 0, 0];
  voxel[plane.across.axis] = along(plane.across, x);
  voxel[plane.down.axis] = along(plane.down, y);
  voxel[plane.through.axis] = slice;
  return voxel;
}
