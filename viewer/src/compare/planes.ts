import { AXES, type Axis, type Grid, type Point, add, cross, dot, minus, put, times, toLps } from "./grid";

/** A way to cut the head. */
export type Plane = "axial" | "coronal" | "sagittal";
export const PLANES: readonly Plane[] = ["axial", "coronal", "sagittal"];

/**
 * How a plane of the grid is looked at. The planes are those of the voxels as they were
 * acquired: a tilted head shows tilted, and nothing is interpolated between slices.
 */
export interface Face {
  /** The index that counts the slices. */
  readonly axis: Axis;
  /** From the slice towards the eye, LPS. */
  readonly normal: Point;
  /** Up on the screen, LPS. */
  readonly up: Point;
  /** To the right on the screen, LPS. */
  readonly right: Point;
  /** The step of the index that goes towards the patient's left, back or head. */
  readonly rise: 1 | -1;
}

type Order = readonly [Axis, Axis, Axis];
const ORDERS: readonly Order[] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/** Which index runs most nearly left, posterior and superior: each one once. */
function order(grid: Grid): Order {
  const weight = (axes: Order) =>
    AXES.reduce<number>((sum, patient) => sum + Math.abs(grid.direction[axes[patient]][patient]), 0);
  return ORDERS.reduce((best, axes) => (weight(axes) > weight(best) + 1e-9 ? axes : best));
}

/**
 * The radiological view of a plane: axial from below with the face up, coronal from the
 * front, sagittal from the left. The right of the screen follows from up and towards the
 * eye, as it does for anybody who stands there, so that no view can be a mirror image.
 */
export function face(grid: Grid, plane: Plane): Face {
  const axes = order(grid);
  const towards = (patient: Axis): Point => {
    const along = grid.direction[axes[patient]];
    return along[patient] < 0 ? times(along, -1) : along;
  };
  const [left, posterior, superior] = [towards(0), towards(1), towards(2)];
  const from = (patient: Axis, normal: Point, up: Point): Face => ({
    axis: axes[patient],
    normal,
    up,
    right: cross(up, normal),
    rise: grid.direction[axes[patient]][patient] < 0 ? -1 : 1,
  });
  if (plane === "axial") return from(2, times(superior, -1), times(posterior, -1));
  if (plane === "coronal") return from(1, times(posterior, -1), superior);
  return from(0, left, superior);
}

/** The index that a direction runs along, and how many millimetres of it there are. */
export function extent_mm(grid: Grid, along: Point): number {
  return AXES.reduce<number>(
    (sum, axis) => sum + Math.abs(dot(grid.direction[axis], along)) * grid.size[axis] * grid.spacing_mm[axis],
    0,
  );
}

/** A view of a slice: the point in its middle (LPS), and how many millimetres the screen is high. */
export interface View {
  readonly focus: Point;
  readonly height_mm: number;
}

/** The centre of the screen, given the slice's index and the index that is centred. */
export function focus(grid: Grid, face: Face, slice: number, centre: Point): Point {
  return toLps(grid, put(centre, face.axis, slice));
}

/** Where a point of the screen is, in LPS; pixels count from the middle, downwards. */
export function under(view: View, face: Face, mmPerPixel: number, x: number, y: number): Point {
  return add(view.focus, add(times(face.right, x * mmPerPixel), times(face.up, -y * mmPerPixel)));
}

/** Where on the screen a point is: pixels from the middle, downwards. */
export function onScreen(view: View, face: Face, mmPerPixel: number, lps: Point): readonly [number, number] {
  const from = minus(lps, view.focus);
  return [dot(from, face.right) / mmPerPixel, -dot(from, face.up) / mmPerPixel];
}

/** The slice's place along the patient's axis in millimetres, with the letter of that end. */
export function slicePosition(face: Face, focus: Point): { letter: string; mm: number } {
  const along = dot(focus, face.normal);
  const patient = AXES.reduce((best, axis) =>
    Math.abs(face.normal[axis]) > Math.abs(face.normal[best]) ? axis : best,
  );
  const mm = face.normal[patient] < 0 ? -along : along;
  const ends = [["R", "L"], ["A", "P"], ["F", "H"]] as const;
  return { letter: ends[patient][mm < 0 ? 0 : 1], mm };
}
