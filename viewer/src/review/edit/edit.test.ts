import { expect, test } from "vitest";
import type { Grid } from "../forms";
import { planeOf } from "../grid";
import { line, sheetOf, stamp } from "./brush";
import { Stroke, apply, between as differing, revert } from "./diff";
import { between, boxOf, joined } from "./interpolate";
import { Past, STEPS_MAX } from "./past";

const GRID: Grid = {
  size: [40, 40, 9], spacing_mm: [1, 1, 2], origin_lps_mm: [0, 0, 0],
  direction: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
};
const plane = planeOf(GRID, "axial");
const disk = (map: Uint8Array, slice: number, radius: number) =>
  stamp(sheetOf(GRID, plane, slice), 20, 20, radius, (at) => { map[at] = 3; });
const count = (map: Uint8Array, slice: number) => map.subarray(slice * 1600, (slice + 1) * 1600).filter(Boolean).length;

test("a brush of 6 mm covers a disk of 6 mm, also where voxels are no squares", () => {
  const map = new Uint8Array(40 * 40 * 9);
  disk(map, 4, 6);
  expect(Math.abs(count(map, 4) - Math.PI * 36)).toBeLessThan(6);
  let coronal = 0;
  stamp(sheetOf(GRID, planeOf(GRID, "coronal"), 20), 20, 4, 6, () => coronal++);
  expect(Math.abs(coronal * 2 - Math.PI * 36)).toBeLessThan(12);
});

test("the smallest brush paints the voxel below it, and nothing beyond the rim", () => {
  const seen: number[] = [];
  stamp(sheetOf(GRID, plane, 0), 0, 0, 0.1, (at) => seen.push(at));
  stamp(sheetOf(GRID, plane, 0), -4, -4, 1, (at) => seen.push(at));
  expect(seen).toEqual([0]);
});

test("a fast stroke leaves no gap", () => {
  const places = line([0, 0], [30, 10]);
  const steps = places.slice(1).map(([x, y], n) => Math.hypot(x - (places[n]?.[0] ?? 0), y - (places[n]?.[1] ?? 0)));
  expect(Math.max(...steps)).toBeLessThanOrEqual(0.5);
  expect(places.at(-1)).toEqual([30, 10]);
});

test("undo and redo give the same bytes", () => {
  const map = new Uint8Array(100);
  const stroke = new Stroke(map);
  stroke.put(5, 3);
  stroke.put(5, 1);
  stroke.put(6, 2);
  stroke.put(6, 0);
  const diff = stroke.end();
  expect(diff && [...diff.at, ...diff.before, ...diff.after]).toEqual([5, 0, 1]);
  if (!diff) return;
  revert(map, diff);
  expect(map.some(Boolean)).toBe(false);
  apply(map, diff);
  expect(map[5]).toBe(1);
  expect(differing(map, map.slice())).toBeUndefined();
});

test("the past has an end, and a new step forgets what was undone", () => {
  const past = new Past();
  for (let n = 0; n < STEPS_MAX + 20; n++) past.add({ kind: "node", saves: n });
  expect(past.steps()).toHaveLength(STEPS_MAX);
  expect(past.back()).toEqual({ kind: "node", saves: STEPS_MAX + 19 });
  past.add({ kind: "node", saves: 0 });
  expect(past.canRedo).toBe(false);
});

test("between a disk of 8 mm and one of 4 mm lies one of 6 mm", () => {
  const map = new Uint8Array(40 * 40 * 9);
  disk(map, 2, 8);
  disk(map, 6, 4);
  const sheets = [2, 3, 4, 5, 6].map((slice) => sheetOf(GRID, plane, slice));
  const isIn = (at: number) => map[at] === 3;
  const boxes = [sheets[0], sheets[4]].map((sheet) => sheet && boxOf(sheet, isIn));
  if (!boxes[0] || !boxes[1]) throw new Error("no shape");
  between(sheets, joined(boxes[0], boxes[1]), isIn, (at) => { map[at] = 3; });
  expect(Math.abs(count(map, 4) - Math.PI * 36)).toBeLessThan(20);
  expect(count(map, 3)).toBeGreaterThan(count(map, 5));
  expect([count(map, 1), count(map, 7)]).toEqual([0, 0]);
});
