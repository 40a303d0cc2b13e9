import { expect, test } from "vitest";
import { straight } from "./grids.fixture";
import { dragged, values } from "./presets";
import { Looks, firstLook } from "./sync";

test("linked views are at the same slice after any number of steps", () => {
  const looks = new Looks(firstLook(straight, [40, 50, 10]));
  for (let step = 0; step < 50; step += 1) {
    const view = ["a", "b", "c"][step % 3] ?? "a";
    const [i, j, k] = looks.of(view).voxel;
    looks.change(view, { voxel: [i, j, k + 1] });
  }
  expect(["a", "b", "c"].map((view) => looks.of(view).voxel[2])).toEqual([60, 60, 60]);
});

test("an unlinked view goes alone, and the leader is followed when they are linked again", () => {
  const looks = new Looks(firstLook(straight, [40, 50, 10]));
  looks.link(false, "a");
  looks.change("b", { zoom: 3 });
  expect([looks.of("a").zoom, looks.of("b").zoom]).toEqual([1, 3]);
  looks.link(true, "b");
  expect(looks.of("a").zoom).toBe(3);
});

test("a linked window means the same share of each channel's own window", () => {
  const bright = { low: 0, high: 0.5 };
  expect(values(bright, [0, 800])).toEqual({ lower: 0, upper: 400 });
  expect(values(bright, [100, 300])).toEqual({ lower: 100, upper: 200 });
});

test("a window never closes", () => {
  const narrow = dragged({ low: 0.5, high: 0.52 }, -50, 0);
  expect(narrow.high - narrow.low).toBeCloseTo(0.02, 9);
});
