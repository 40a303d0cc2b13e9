import { expect, test } from "vitest";
import { facing } from "./facing";
import type { Grid } from "./forms";

const GRID: Grid = {
  size: [40, 40, 20], spacing_mm: [1, 1, 2], origin_lps_mm: [0, 0, 0],
  direction: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
};

test("diameters are shown on the slice that they were measured on", () => {
  const ends = { track: "t", long_ends_lps_mm: [[10, 10, 8], [20, 10, 8]], short_ends_lps_mm: [[15, 6, 8], [15, 14, 8]] } as const;
  expect(facing(GRID, ends)).toEqual({ plane: "axial", cross: [15, 10, 4] });
});

test("diameters on a sagittal slice turn the image", () => {
  const ends = { track: "t", long_ends_lps_mm: [[12, 10, 8], [12, 20, 8]], short_ends_lps_mm: [[12, 15, 2], [12, 15, 14]] } as const;
  expect(facing(GRID, ends)).toEqual({ plane: "sagittal", cross: [12, 15, 4] });
});
