import { expect, test } from "vitest";
import { straight } from "./grids.fixture";
import { firstScreen, laid, needed, place, showing, step } from "./screen";
import type { Scene } from "./scene";

const scene: Scene = {
  study: "s",
  grid: straight,
  current: 3,
  timepoints: [0, 1, 2, 3].map((index) => ({
    index,
    study: `s${index}`,
    date: null,
    channels: [{ name: "T1c", window: [0, 900] }],
    registration: null,
    has_labels: index !== 0,
  })),
  tracks: [],
  surfaces: [],
};

test("the screen opens with the current timepoint and the one before it", () => {
  const screen = firstScreen(scene);
  expect(screen.shown).toEqual([2, 3]);
  expect(screen.active).toBe(1);
});

test("the current image is fetched first, the maps last", () => {
  const order = needed(firstScreen(scene), scene).map(({ timepoint, name }) => `${timepoint} ${name}`);
  expect(order).toEqual(["3 T1c", "2 T1c", "3 labels", "2 labels"]);
});

test("a timepoint without a mask asks for none", () => {
  const screen = place(firstScreen(scene), 0, 0);
  expect(needed(screen, scene).some(({ timepoint, name }) => timepoint === 0 && name === "labels")).toBe(false);
});

test("a timepoint that is shown already changes places", () => {
  expect(place(firstScreen(scene), 0, 3).shown).toEqual([3, 2]);
});

test("arrows stay at the ends", () => {
  expect(step(firstScreen(scene), scene, 1).shown).toEqual([2, 3]);
  expect(step(firstScreen(scene), scene, -1).shown).toEqual([3, 2]);
});

test("more timepoints are the newest not yet shown, in order of time", () => {
  expect(showing(firstScreen(scene), scene, 3).shown).toEqual([1, 2, 3]);
  expect(showing(firstScreen(scene), scene, 9).shown).toEqual([0, 1, 2, 3]);
  expect(showing(firstScreen(scene), scene, 1).shown).toEqual([3]);
});

test("a pair needs two timepoints", () => {
  const one = showing(firstScreen(scene), scene, 1);
  expect(laid(one, scene, "checker").shown).toEqual([2, 3]);
});
