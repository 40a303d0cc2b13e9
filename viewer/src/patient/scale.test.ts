import { describe, expect, test } from "vitest";
import { axisOf, linear, roomy, spread, ticks } from "./scale";

describe("places in the picture of a curve", () => {
  test("a line meets both its ends", () => {
    const scale = linear([0, 50], [300, 20]);
    expect([scale(0), scale(25), scale(50)]).toEqual([300, 160, 20]);
  });
  test("marks are round, begin at zero and reach the top", () => {
    expect(ticks(42)).toEqual([0, 10, 20, 30, 40, 50]);
    expect(ticks(0.3)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(ticks(0)).toEqual([0, 1]);
  });
  test("distances are true to time", () => {
    const axis = axisOf(["2024-01-01", "2024-01-11", "2024-01-31"], [], [0, 300]);
    expect(axis.isDated).toBe(true);
    expect(axis.at).toEqual([0, 100, 300]);
  });
  test("one exam without a date, and all stand in their order", () => {
    const axis = axisOf(["2024-01-01", null, "2024-01-31"], ["2020-01-01"], [0, 300]);
    expect(axis.isDated).toBe(false);
    expect(axis.at).toEqual([0, 150, 300]);
    expect(axis.ofDay("2020-01-01")).toBeUndefined();
  });
  test("a single exam stands in the middle", () => {
    expect(axisOf(["2024-01-01"], [], [0, 300]).at).toEqual([150]);
  });
  test("a treatment before the first exam widens the time", () => {
    const axis = axisOf(["2024-01-11", "2024-01-31"], ["2024-01-01"], [0, 300]);
    expect(axis.ofDay("2024-01-01")).toBe(0);
    expect(axis.at[0]).toBe(100);
  });
  test("letters of curves that end together stand apart", () => {
    expect(spread([270, 270, 100], 13)).toEqual([270, 257, 100]);
    expect(spread([100, 200], 13)).toEqual([100, 200]);
  });
  test("labels that would touch are left out, the newest stays", () => {
    expect(roomy([0, 40, 100, 110], 50)).toEqual([false, true, false, true]);
  });
});
