import { AXES, type Axis, type Point } from "../../compare/grid";
import { type Labels, type Recorder, strideOf } from "./edit";

/** The plane of a slice: its two sizes, how far neighbours stand apart, and the spacing. */
interface Sheet {
  readonly wide: number;
  readonly high: number;
  readonly across: number;
  readonly down: number;
  readonly spacing: readonly [number, number];
}

/** Slices in between at most that are filled: over a wider gap nobody knows the shape. */
export const GAP_MAX = 30;

/**
 * Fills the slices between two painted ones with the shape in between: each slice is a map of
 * distances to its outline, and the maps are mixed (Raya and Udupa, 1990). Only voxels without
 * a label are filled. Answers with how many slices were.
 */
export function between(labels: Labels, spacing_mm: Point, axis: Axis, label: number, to: Recorder): number {
  const sheet = sheetOf(labels, spacing_mm, axis);
  const stride = strideOf(labels, axis);
  const painted: number[] = [];
  for (let slice = 0; slice < labels.size[axis]; slice += 1) {
    if (isPainted(labels, sheet, slice * stride, label)) painted.push(slice);
  }
  let filled = 0;
  painted.slice(1).forEach((last, at) => {
    const first = painted[at] ?? last;
    const gap = last - first - 1;
    if (gap < 1 || gap > GAP_MAX) return;
    const [near, far] = [first, last].map((slice) => outline(labels, sheet, slice * stride, label));
    if (!near || !far) return;
    for (let slice = first + 1; slice < last; slice += 1) {
      mix(labels, sheet, slice * stride, near, far, (slice - first) / (last - first), label, to);
      filled += 1;
    }
  });
  return filled;
}

function sheetOf(labels: Labels, spacing_mm: Point, axis: Axis): Sheet {
  const [a, b] = AXES.filter((one) => one !== axis) as [Axis, Axis];
  return {
    wide: labels.size[a],
    high: labels.size[b],
    across: strideOf(labels, a),
    down: strideOf(labels, b),
    spacing: [spacing_mm[a], spacing_mm[b]],
  };
}

function isPainted({ values }: Labels, { wide, high, across, down }: Sheet, start: number, label: number): boolean {
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) if (values[start + x * across + y * down] === label) return true;
  }
  return false;
}

/** Distance of each pixel to the outline in millimetres: negative inside, positive outside. */
function outline({ values }: Labels, sheet: Sheet, start: number, label: number): Float32Array {
  const { wide, high, across, down } = sheet;
  const inside = new Uint8Array(wide * high);
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) inside[x + wide * y] = values[start + x * across + y * down] === label ? 1 : 0;
  }
  const away = distances(inside, sheet, 1);
  const deep = distances(inside, sheet, 0);
  return away.map((distance, pixel) => distance - (deep[pixel] ?? 0));
}

/** Distance of each pixel to the nearest one of a kind, by two sweeps over the neighbours. */
function distances(inside: Uint8Array, { wide, high, spacing: [sx, sy] }: Sheet, kind: 0 | 1): Float32Array {
  const far = Float32Array.from(inside, (one) => (one === kind ? 0 : 1e6));
  const slant = Math.hypot(sx, sy);
  const relax = (x: number, y: number, side: 1 | -1) => {
    const pixel = x + wide * y;
    let least = far[pixel] ?? 0;
    const from = (dx: number, dy: number, step: number) => {
      const [nx, ny] = [x + dx, y + dy];
      if (nx < 0 || ny < 0 || nx >= wide || ny >= high) return;
      least = Math.min(least, (far[nx + wide * ny] ?? 1e6) + step);
    };
    from(-side, 0, sx);
    from(0, -side, sy);
    from(-side, -side, slant);
    from(side, -side, slant);
    far[pixel] = least;
  };
  for (let y = 0; y < high; y += 1) for (let x = 0; x < wide; x += 1) relax(x, y, 1);
  for (let y = high - 1; y >= 0; y -= 1) for (let x = wide - 1; x >= 0; x -= 1) relax(x, y, -1);
  return far;
}

function mix(
  { values }: Labels,
  { wide, high, across, down }: Sheet,
  start: number,
  near: Float32Array,
  far: Float32Array,
  share: number,
  label: number,
  to: Recorder,
): void {
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      const pixel = x + wide * y;
      const distance = (near[pixel] ?? 0) * (1 - share) + (far[pixel] ?? 0) * share;
      const voxel = start + x * across + y * down;
      if (distance < 0 && values[voxel] === 0) to.set(voxel, label);
    }
  }
}
