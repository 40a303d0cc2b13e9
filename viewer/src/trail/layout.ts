import type { Step, TrailForm } from "./forms";

/** Stages in the order of a run: one column each. */
export const STAGES = [
  "identify", "assemble", "segment", "align", "track", "assess", "author", "deliver",
] as const;

/** Sizes in pixels. */
export const BOX = { width: 200, height: 74, across: 54, down: 16, top: 34, edge: 12 } as const;

/** A step and its place. */
export interface Placed {
  readonly step: Step;
  readonly column: number;
  readonly row: number;
  readonly x: number;
  readonly y: number;
}

/** The picture of a run. */
export interface Layout {
  readonly steps: readonly Placed[];
  readonly edges: readonly { from: Placed; to: Placed; path: string }[];
  /** Stages that have steps, with the place of their columns. */
  readonly columns: readonly { stage: string; x: number }[];
  readonly width: number;
  readonly height: number;
}

/** A smooth way from the side of one box to the side of another; in a column, from below. */
function pathOf(from: Placed, to: Placed): string {
  if (from.column === to.column) {
    const x = from.x + BOX.width / 2;
    const isNext = to.row === from.row + 1;
    if (isNext) return `M${x} ${from.y + BOX.height}V${to.y}`;
    const out = from.x - BOX.across / 3;
    const [a, b] = [from.y + BOX.height / 2, to.y + BOX.height / 2];
    return `M${from.x} ${a}C${out} ${a} ${out} ${b} ${to.x} ${b}`;
  }
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2];
  const bend = BOX.across / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** The first row of each lane: what is about all timepoints stands on top, then one lane each. */
function lanesOf(nodes: readonly Step[]): ReadonlyMap<string, number> {
  const dates = [...new Set(nodes.map((step) => step.timepoint ?? ""))].sort();
  const dated = new Set(nodes.filter((step) => step.timepoint).map((step) => step.stage));
  const lanes = new Map<string, number>();
  let row = 0;
  for (const date of dates) {
    lanes.set(date, row);
    const here = nodes.filter((step) => (step.timepoint ?? "") === date);
    // A column of steps that are about all timepoints has its place to itself.
    const sharing = date === "" ? here.filter((step) => dated.has(step.stage)) : here;
    const tall = new Map<string, number>();
    for (const step of sharing) tall.set(step.stage, (tall.get(step.stage) ?? 0) + 1);
    row += Math.max(0, ...tall.values());
  }
  return lanes;
}

/** Lays a run out: stages from left to right, timepoints from top to bottom. */
export function layoutOf(trail: TrailForm): Layout {
  const extra = trail.nodes.map((step) => step.stage).filter((stage) => !STAGES.some((it) => it === stage));
  const stages = [...STAGES, ...new Set(extra)].filter((stage) => trail.nodes.some((step) => step.stage === stage));
  const left = (column: number) => BOX.edge + column * (BOX.width + BOX.across);
  const lanes = lanesOf(trail.nodes);
  const steps = stages.flatMap((stage, column) => {
    const here = trail.nodes.filter((step) => step.stage === stage);
    const ordered = [...here].sort((a, b) => (a.timepoint ?? "").localeCompare(b.timepoint ?? ""));
    let free = 0;
    return ordered.map((step) => {
      const row = Math.max(free, lanes.get(step.timepoint ?? "") ?? 0);
      free = row + 1;
      return { step, column, row, x: left(column), y: BOX.top + row * (BOX.height + BOX.down) };
    });
  });
  const placed = new Map(steps.map((it) => [it.step.id, it]));
  const edges = trail.edges.flatMap((edge) => {
    const [from, to] = edge.map((id) => placed.get(id));
    return from && to ? [{ from, to, path: pathOf(from, to) }] : [];
  });
  const rows = Math.max(0, ...steps.map((it) => it.row + 1));
  return {
    steps, edges, columns: stages.map((stage, column) => ({ stage, x: left(column) })),
    width: Math.max(0, left(stages.length) - BOX.across + BOX.edge),
    height: BOX.top + rows * (BOX.height + BOX.down),
  };
}

/** Where an arrow key leads from a step: along the edges, or up and down its column. */
export function neighbour(layout: Layout, id: number, key: string): number | undefined {
  const here = layout.steps.find((it) => it.step.id === id);
  if (!here) return undefined;
  const column = layout.steps.filter((it) => it.column === here.column);
  if (key === "ArrowDown") return column[column.indexOf(here) + 1]?.step.id;
  if (key === "ArrowUp") return column[column.indexOf(here) - 1]?.step.id;
  if (key === "ArrowRight") return layout.edges.find((edge) => edge.from === here)?.to.step.id;
  if (key === "ArrowLeft") return layout.edges.find((edge) => edge.to === here)?.from.step.id;
  return undefined;
}
