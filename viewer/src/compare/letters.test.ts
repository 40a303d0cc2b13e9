import { expect, test } from "vitest";
import type { Grid, Point } from "./grid";
import { cross, dot } from "./grid";
import { oblique, sagittal, straight } from "./grids.fixture";
import { edges, letters } from "./letters";
import { PLANES, type Plane, face, onScreen, under } from "./planes";

function check(grid: Grid, plane: Plane, expected: string) {
  const { up, right } = face(grid, plane);
  const { left, right: at, top, bottom } = edges(up, right);
  expect([left, at, top, bottom].map((letter) => letter[0]).join("")).toBe(expected);
}

test("a radiologist finds the patient's left on the right of the screen", () => {
  check(straight, "axial", "RLAP");
  check(straight, "coronal", "RLHF");
  check(straight, "sagittal", "APHF");
});

test("the letters do not depend on how the voxels are counted", () => {
  const mirrored: Grid = {
    ...straight,
    direction: [[-1, 0, 0], [0, -1, 0], [0, 0, 1]],
  };
  for (const grid of [mirrored, sagittal]) {
    check(grid, "axial", "RLAP");
    check(grid, "coronal", "RLHF");
    check(grid, "sagittal", "APHF");
  }
});

test("a tilted head has the same main letters, and says that it is tilted", () => {
  for (const [nod, tilt] of [[12, 20], [-30, 5], [25, -25]] as const) {
    check(oblique(nod, tilt), "axial", "RLAP");
    check(oblique(nod, tilt), "coronal", "RLHF");
    check(oblique(nod, tilt), "sagittal", "APHF");
  }
  const { up, right } = face(oblique(0, 20), "axial");
  expect(edges(up, right)).toEqual({ left: "RH", right: "LF", top: "A", bottom: "P" });
});

test("a tilt that nobody can see gets no second letter", () => {
  expect(letters([0.999, 0.04, 0])).toBe("L");
  expect(letters([0.8, -0.6, 0])).toBe("LA");
});

test("no view is a mirror image: right is up turned towards the eye", () => {
  for (const grid of [straight, sagittal, oblique(12, 20)]) {
    for (const plane of PLANES) {
      const { up, normal, right } = face(grid, plane);
      expect(dot(cross(up, normal), right)).toBeCloseTo(1, 9);
    }
  }
});

test("each plane takes an index of its own", () => {
  for (const grid of [straight, sagittal, oblique(44, 44)]) {
    expect(new Set(PLANES.map((plane) => face(grid, plane).axis)).size).toBe(3);
  }
});

test("a point of the patient's left side lies right of the middle of the screen", () => {
  const view = { focus: [0, 0, 0] as Point, height_mm: 200 };
  const axial = face(straight, "axial");
  const [x, y] = onScreen(view, axial, 0.5, [30, -20, 0]);
  expect([x, y]).toEqual([60, -40]);
  expect(under(view, axial, 0.5, x, y).map((mm) => mm + 0)).toEqual([30, -20, 0]);
});
