import { expect, test } from "vitest";
import type { Point } from "../../compare/grid";
import { between } from "./between";
import { type Brush, dab, stroke } from "./brush";
import { type Labels, Recorder, touched, voxelAt } from "./edit";
import { BYTES_MAX, NOTHING_DONE, STEPS_MAX, after, redo, undo } from "./history";

const ONE_MM: Point = [1, 1, 1];
const empty = (size: Point = [40, 40, 40]): Labels => ({ size, values: new Uint8Array(size[0] * size[1] * size[2]) });
const count = ({ values }: Labels, label: number) => values.filter((one) => one === label).length;
const MIDDLE: Point = [20, 20, 20];

function painted(brush: Partial<Brush>, spacing = ONE_MM, labels = empty()): Labels {
  dab(labels, spacing, { radius_mm: 10, label: 3, ...brush }, MIDDLE, new Recorder(labels));
  return labels;
}

test("a ball of 10 mm holds 4189 mm³, counted in voxels of 1 mm to one per cent, in slices of 2 mm to three", () => {
  const volume = (4 / 3) * Math.PI * 1000;
  expect(Math.abs(count(painted({}), 3) / volume - 1)).toBeLessThan(0.01);
  expect(Math.abs((count(painted({}, [1, 1, 2]), 3) * 2) / volume - 1)).toBeLessThan(0.03);
});

test("a flat brush paints one slice", () => {
  const labels = painted({ flatAlong: 2 });
  expect(Math.abs(count(labels, 3) / (Math.PI * 100) - 1)).toBeLessThan(0.02);
  expect(labels.values[voxelAt(labels, 20, 20, 21)]).toBe(0);
});

test("the smallest brush paints the voxel under it", () => {
  expect(count(painted({ radius_mm: 0.1 }), 3)).toBe(1);
});

test("erasing takes only what it may", () => {
  const labels = painted({});
  labels.values[voxelAt(labels, 20, 20, 20)] = 1;
  dab(labels, ONE_MM, { radius_mm: 3, label: 0, over: [3] }, MIDDLE, new Recorder(labels));
  expect(labels.values[voxelAt(labels, 20, 20, 20)]).toBe(1);
  expect(labels.values[voxelAt(labels, 21, 20, 20)]).toBe(0);
});

test("with a threshold only the bright voxels inside of the brush are painted", () => {
  const image = new Int16Array(64_000);
  image[voxelAt(empty(), 22, 20, 20)] = 500;
  image[voxelAt(empty(), 35, 20, 20)] = 500;
  const labels = painted({ within: { image, low: 400, high: 600 } });
  expect(count(labels, 3)).toBe(1);
  expect(labels.values[voxelAt(labels, 22, 20, 20)]).toBe(3);
});

test("a fast hand leaves no gap, and the edge of the volume holds", () => {
  const labels = empty();
  stroke(labels, ONE_MM, { radius_mm: 1, label: 2 }, [-5, 20, 20], [45, 20, 20], new Recorder(labels));
  for (let i = 0; i < 40; i += 1) expect(labels.values[voxelAt(labels, i, 20, 20)]).toBe(2);
  expect(labels.values[voxelAt(labels, 0, 23, 20)]).toBe(0);
});

test("between a large and a small disc the shape tapers", () => {
  const labels = empty();
  const to = new Recorder(labels);
  dab(labels, ONE_MM, { radius_mm: 12, label: 3, flatAlong: 2 }, [20, 20, 10], to);
  dab(labels, ONE_MM, { radius_mm: 6, label: 3, flatAlong: 2 }, [20, 20, 20], to);
  expect(between(labels, ONE_MM, 2, 3, to)).toBe(9);
  const area = (k: number) => labels.values.subarray(1600 * k, 1600 * (k + 1)).filter((one) => one === 3).length;
  expect(Math.abs(area(15) / (Math.PI * 81) - 1)).toBeLessThan(0.1);
  for (let k = 11; k <= 20; k += 1) expect(area(k)).toBeLessThanOrEqual(area(k - 1));
});

test("filling in between leaves other labels and wide gaps alone", () => {
  const labels = empty([40, 40, 80]);
  const to = new Recorder(labels);
  for (const k of [5, 9, 60]) dab(labels, ONE_MM, { radius_mm: 5, label: 3, flatAlong: 2 }, [20, 20, k], to);
  labels.values[voxelAt(labels, 20, 20, 7)] = 1;
  expect(between(labels, ONE_MM, 2, 3, to)).toBe(3);
  expect(labels.values[voxelAt(labels, 20, 20, 7)]).toBe(1);
  expect(labels.values[voxelAt(labels, 20, 20, 30)]).toBe(0);
});

test("undo and redo bring back every voxel", () => {
  const labels = empty();
  const to = new Recorder(labels);
  dab(labels, ONE_MM, { radius_mm: 4, label: 3 }, MIDDLE, to);
  const done = labels.values.slice();
  const back = undo(labels, after(NOTHING_DONE, to.edit()));
  expect(count(labels, 3)).toBe(0);
  const again = redo(labels, back.history);
  expect(labels.values).toEqual(done);
  expect(again.history.undone).toEqual([]);
  expect(back.edit && touched(labels, back.edit)).toEqual([[16, 24], [16, 24], [16, 24]]);
});

test("painting over and back again is no step", () => {
  const labels = empty();
  const to = new Recorder(labels);
  to.set(5, 3);
  to.set(5, 0);
  expect(to.edit()).toBeUndefined();
});

test("a new step forgets what was undone, and the history has an end", () => {
  const labels = empty();
  const step = (voxel: number) => {
    const to = new Recorder(labels);
    to.set(voxel, 1);
    return to.edit();
  };
  let history = NOTHING_DONE;
  for (let voxel = 0; voxel < STEPS_MAX + 20; voxel += 1) history = after(history, step(voxel));
  expect(history.done.length).toBe(STEPS_MAX);
  history = after(undo(labels, history).history, step(9000));
  expect(history.undone).toEqual([]);
  const large = { voxels: new Uint32Array(BYTES_MAX / 6), before: new Uint8Array(0), after: new Uint8Array(0) };
  expect(after(history, large).done).toEqual([large]);
});
