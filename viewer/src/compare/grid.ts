/** Three numbers: LPS millimetres, or voxel indices, as the name of the value says. */
export type Point = readonly [number, number, number];
export type Axis = 0 | 1 | 2;
export const AXES: readonly Axis[] = [0, 1, 2];

/** A lattice of voxels: index 0 is the centre of the first voxel, at the origin. */
export interface Grid {
  readonly size: Point;
  readonly spacing_mm: Point;
  readonly origin_lps_mm: Point;
  /** Unit vectors in LPS of the first, second and third index. */
  readonly direction: readonly [Point, Point, Point];
}

export const dot = (a: Point, b: Point): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const add = (a: Point, b: Point): Point => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const times = (a: Point, k: number): Point => [a[0] * k, a[1] * k, a[2] * k];
export const cross = (a: Point, b: Point): Point => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** The point with one of its numbers put in. */
export function put(point: Point, axis: Axis, value: number): Point {
  return [
    axis === 0 ? value : point[0],
    axis === 1 ? value : point[1],
    axis === 2 ? value : point[2],
  ];
}

/** From voxel indices to LPS millimetres. */
export function toLps(grid: Grid, index: Point): Point {
  return AXES.reduce<Point>(
    (sum, axis) => add(sum, times(grid.direction[axis], index[axis] * grid.spacing_mm[axis])),
    grid.origin_lps_mm,
  );
}

/** From LPS millimetres to voxel indices, with fractions. */
export function toIndex(grid: Grid, lps: Point): Point {
  const from = minus(lps, grid.origin_lps_mm);
  const along = (axis: Axis) => dot(from, grid.direction[axis]) / grid.spacing_mm[axis];
  return [along(0), along(1), along(2)];
}

/** The nearest voxel inside of the grid. */
export function nearest(grid: Grid, index: Point): Point {
  const held = (axis: Axis) =>
    Math.min(grid.size[axis] - 1, Math.max(0, Math.round(index[axis])));
  return [held(0), held(1), held(2)];
}

/** The index in the middle of the grid. */
export function middle(grid: Grid): Point {
  return [(grid.size[0] - 1) / 2, (grid.size[1] - 1) / 2, (grid.size[2] - 1) / 2];
}
