import { expect, test } from "vitest";
import { bar, length } from "./scale";

function check(mmPerPixel: number, side: number, mm: number, text: string) {
  expect(bar(mmPerPixel, side).mm).toBeCloseTo(mm, 9);
  expect(length(bar(mmPerPixel, side).mm)).toBe(text);
}

test("a bar is a round number of millimetres and at most a third of the view", () => {
  check(0.5, 600, 50, "5 cm");
  check(0.1, 600, 10, "1 cm");
  check(0.02, 600, 2, "2 mm");
});

test("the bar is as long on the screen as it says", () => {
  const { mm, pixels } = bar(0.37, 512);
  expect(pixels * 0.37).toBeCloseTo(mm, 9);
});

test("a view without a size has no bar", () => {
  expect(bar(0, 0)).toEqual({ mm: 0, pixels: 0 });
});
