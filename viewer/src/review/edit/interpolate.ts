import type { Sheet } from "./brush";

/** A part of a slice that shapes are taken from. */
export interface Box {
  x: readonly [number, number];
  y: readonly [number, number];
}

/** Voxels around a shape that are looked at too. */
const MARGIN = 3;

/** The box around places on a slice, with a margin; nothing where there are none. */
export function boxOf(sheet: Sheet, isIn: (at: number) => boolean): Box | undefined {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let y = 0; y < sheet.height; y++) {
    for (let x = 0; x < sheet.width; x++) {
      if (!isIn(sheet.at(x, y))) continue;
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (right < left) return undefined;
  return {
    x: [Math.max(0, left - MARGIN), Math.min(sheet.width - 1, right + MARGIN)],
    y: [Math.max(0, top - MARGIN), Math.min(sheet.height - 1, bottom + MARGIN)],
  };
}

/** The box around both. */
export function joined(a: Box, b: Box): Box {
  return {
    x: [Math.min(a.x[0], b.x[0]), Math.max(a.x[1], b.x[1])],
    y: [Math.min(a.y[0], b.y[0]), Math.max(a.y[1], b.y[1])],
  };
}

/** Distance of each place of a box to the nearest place of a kind, in mm, by two passes. */
function distances(box: Box, mm: readonly [number, number], isThere: (x: number, y: number) => boolean): Float64Array {
  const width = box.x[1] - box.x[0] + 1;
  const height = box.y[1] - box.y[0] + 1;
  const far = new Float64Array(width * height).fill(1e9);
  const diagonal = Math.hypot(mm[0], mm[1]);
  const lower = (at: number, x: number, y: number, mm_away: number) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    far[at] = Math.min(far[at] ?? 1e9, (far[y * width + x] ?? 1e9) + mm_away);
  };
  const pass = (x: number, y: number, side: 1 | -1) => {
    const at = y * width + x;
    if (isThere(x + box.x[0], y + box.y[0])) far[at] = 0;
    lower(at, x - side, y, mm[0]);
    lower(at, x, y - side, mm[1]);
    lower(at, x - side, y - side, diagonal);
    lower(at, x + side, y - side, diagonal);
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pass(x, y, 1);
  for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) pass(x, y, -1);
  return far;
}

/** Distance to the rim of a shape: negative inside. */
function rim(sheet: Sheet, box: Box, isIn: (at: number) => boolean): Float64Array {
  const inside = distances(box, sheet.mm, (x, y) => isIn(sheet.at(x, y)));
  const outside = distances(box, sheet.mm, (x, y) => !isIn(sheet.at(x, y)));
  return inside.map((away, n) => away - (outside[n] ?? 0));
}

/** Visits the voxels of the shapes between two slices: of each slice between, in order. */
export function between(
  sheets: readonly Sheet[],
  box: Box,
  isIn: (at: number) => boolean,
  visit: (at: number) => void,
): void {
  const first = sheets[0];
  const last = sheets.at(-1);
  if (!first || !last) return;
  const [from, to] = [rim(first, box, isIn), rim(last, box, isIn)];
  const width = box.x[1] - box.x[0] + 1;
  sheets.slice(1, -1).forEach((sheet, n) => {
    const share = (n + 1) / (sheets.length - 1);
    from.forEach((away, at) => {
      const here = away * (1 - share) + (to[at] ?? 0) * share;
      if (here <= 0) visit(sheet.at((at % width) + box.x[0], Math.floor(at / width) + box.y[0]));
    });
  });
}
