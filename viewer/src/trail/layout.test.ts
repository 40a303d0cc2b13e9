import { describe, expect, test } from "vitest";
import type { Step } from "./forms";
import { layoutOf, neighbour } from "./layout";

function step(id: number, stage: string, timepoint: string | null = null): Step {
  return { id, stage, timepoint, by: "stage", title: `${id}`, why: "", artefacts: [] };
}

const trail = {
  nodes: [
    step(0, "identify"), step(1, "identify", "2024-01-01"), step(2, "identify", "2024-06-01"),
    step(3, "segment", "2024-06-01"), step(4, "segment", "2024-01-01"), step(5, "assess"),
  ],
  edges: [[0, 1], [0, 2], [1, 4], [2, 3], [3, 5], [4, 5], [9, 5]] as const,
};

describe("the picture of a run", () => {
  const layout = layoutOf(trail);
  const at = (id: number) => layout.steps.find((it) => it.step.id === id);

  test("stages stand from left to right, without those that did not run", () => {
    expect(layout.columns.map((column) => column.stage)).toEqual(["identify", "segment", "assess"]);
  });
  test("steps of one timepoint stand in one row", () => {
    expect(at(3)?.y).toBe(at(2)?.y);
    expect(at(4)?.y).toBe(at(1)?.y);
  });
  test("no two steps share a place", () => {
    const places = layout.steps.map((it) => `${it.x} ${it.y}`);
    expect(new Set(places).size).toBe(layout.steps.length);
  });
  test("an edge from a step that is not there is left out", () => {
    expect(layout.edges).toHaveLength(6);
  });
  test("arrows follow the edges, and the column", () => {
    expect(neighbour(layout, 1, "ArrowRight")).toBe(4);
    expect(neighbour(layout, 5, "ArrowLeft")).toBe(3);
    expect(neighbour(layout, 1, "ArrowDown")).toBe(2);
    expect(neighbour(layout, 5, "ArrowRight")).toBeUndefined();
  });
  test("an empty run has an empty picture", () => {
    expect(layoutOf({ nodes: [], edges: [] }).steps).toEqual([]);
  });
});
