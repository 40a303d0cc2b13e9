import { expect, test } from "vitest";
import { type Grid, type Point, nearest, toIndex, toLps } from "./grid";
import { oblique, straight } from "./grids.fixture";

function check(grid: Grid, index: Point) {
  const back = toIndex(grid, toLps(grid, index));
  index.forEach((value, axis) => expect(back[axis]).toBeCloseTo(value, 9));
}

test("an index comes back from millimetres, straight or tilted", () => {
  for (const grid of [straight, oblique(12, 20)]) check(grid, [3, 50, 7]);
});

test("the first voxel's centre lies at the origin", () => {
  expect(toLps(straight, [0, 0, 0])).toEqual(straight.origin_lps_mm);
});

test("the nearest voxel stays inside of the grid", () => {
  expect(nearest(straight, [-4, 3.6, 1e6])).toEqual([0, 4, straight.size[2] - 1]);
});
