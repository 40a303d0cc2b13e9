import { expect, test } from "vitest";
import type { Grid, Lps } from "./forms";
import { fromPlane, onPlane, planeOf, toLps, toVoxel } from "./grid";

const AXIAL: Grid = {
  size: [10, 12, 8], spacing_mm: [1, 2, 3], origin_lps_mm: [-5, -12, -12],
  direction: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
};
/** As a sagittal series comes: i runs to the back, j down, k to the patient's right. */
const SAGITTAL: Grid = { ...AXIAL, direction: [[0, 1, 0], [0, 0, -1], [-1, 0, 0]] };
/** A little tilted, and k from head to foot. */
const c = Math.cos(0.3);
const s = Math.sin(0.3);
const TILTED: Grid = { ...AXIAL, direction: [[1, 0, 0], [0, c, s], [0, s, -c]] };

test.each([["axial", AXIAL], ["sagittal", SAGITTAL], ["tilted", TILTED]])(
  "the patient's left is on the right of the screen, whatever the grid is: %s",
  (_, grid) => {
    expect(planeOf(grid, "axial").letters).toEqual({ left: "R", right: "L", top: "A", bottom: "P" });
    expect(planeOf(grid, "coronal").letters).toEqual({ left: "R", right: "L", top: "S", bottom: "I" });
    expect(planeOf(grid, "sagittal").letters).toEqual({ left: "A", right: "P", top: "S", bottom: "I" });
  },
);

test.each([["axial", AXIAL], ["sagittal", SAGITTAL], ["tilted", TILTED]])(
  "a step to the right on an axial slice is a step to the patient's left: %s",
  (_, grid) => {
    const plane = planeOf(grid, "axial");
    const from = toLps(grid, fromPlane(plane, 3, 4, 2));
    const to = toLps(grid, fromPlane(plane, 4, 4, 2));
    expect(to[0] - from[0]).toBeGreaterThan(0);
  },
);

test("places go to voxels and back, and to the screen and back", () => {
  const place: Lps = [3.3, -7.1, 4.9];
  for (const grid of [AXIAL, SAGITTAL, TILTED]) {
    toLps(grid, toVoxel(grid, place)).forEach((value, n) => expect(value).toBeCloseTo(place[n] ?? 0, 9));
    const plane = planeOf(grid, "coronal");
    const { x, y, slice } = onPlane(plane, [2, 3, 4]);
    expect(fromPlane(plane, x, y, slice)).toEqual([2, 3, 4]);
  }
});
