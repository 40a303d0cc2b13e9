import { expect, test } from "vitest";
import { cutPlane } from "./plane";

test("a line down an axial slice cuts left from right, upright on the slice", () => {
  const cut = cutPlane([4, -10, 7], [4, 10, 7], [0, 0, 1]);
  expect(cut?.point_lps_mm).toEqual([4, 0, 7]);
  expect(cut?.normal.map(Math.abs)).toEqual([20, 0, 0]);
});

test("a click is no line", () => {
  expect(cutPlane([4, 0, 7], [4, 0.3, 7], [0, 0, 1])).toBeUndefined();
});
