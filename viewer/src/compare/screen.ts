import type { Plane } from "./planes";
import { FIRST_OVERLAY, type Overlay, type OverlayKind } from "./overlay";
import { type Channel, type Scene, type VolumeName, channelsOf, firstShown } from "./scene";
import type { Wanted } from "./volumes";

/** How the views are laid out. */
export type Layout = "side" | "mpr" | "flicker" | "checker" | "surfaces";
export const LAYOUTS: readonly Layout[] = ["side", "mpr", "flicker", "checker", "surfaces"];

/** Most timepoints side by side: more would each be too small to read. */
export const SHOWN_MAX = 4;

/** What the screen shows, besides where it looks. */
export interface Screen {
  readonly layout: Layout;
  readonly plane: Plane;
  readonly channel: Channel;
  /** Timepoints in their places, by index; pairs compare the first two. */
  readonly shown: readonly number[];
  /** The place that keys and the bar act on. */
  readonly active: number;
  readonly overlay: Overlay;
  readonly tool: "window" | "measure";
  /** In a flicker pair: whether the first of the two is in front. */
  readonly isFirstInFront: boolean;
}

/** The screen when it opens. */
export function firstScreen(scene: Scene): Screen {
  const channels = channelsOf(scene);
  const shown = firstShown(scene);
  return {
    layout: "side",
    plane: "axial",
    channel: channels.includes("T1c") ? "T1c" : (channels[0] ?? "T1c"),
    shown,
    active: Math.max(0, shown.indexOf(scene.current)),
    overlay: FIRST_OVERLAY,
    tool: "window",
    isFirstInFront: false,
  };
}

/** Whether a layout compares a pair. */
export const isPair = (layout: Layout): boolean => layout === "flicker" || layout === "checker";

/** Puts a timepoint in a place; if it stands in another, the two change places. */
export function place(screen: Screen, at: number, timepoint: number): Screen {
  const other = screen.shown.indexOf(timepoint);
  const before = screen.shown[at];
  const shown = screen.shown.map((index, slot) => {
    if (slot === at) return timepoint;
    return slot === other && before !== undefined ? before : index;
  });
  return { ...screen, shown, active: at };
}

/** Goes to the timepoint before or after in the active place; stays at the ends. */
export function step(screen: Screen, scene: Scene, by: -1 | 1): Screen {
  const all = scene.timepoints.map(({ index }) => index);
  const here = all.indexOf(screen.shown[screen.active] ?? scene.current);
  const next = all[here + by];
  return next === undefined ? screen : place(screen, screen.active, next);
}

/** Shows so many timepoints: the newest places are filled with those not yet shown. */
export function showing(screen: Screen, scene: Scene, count: number): Screen {
  const held = Math.max(1, Math.min(count, SHOWN_MAX, scene.timepoints.length));
  const spare = scene.timepoints.map(({ index }) => index).filter((index) => !screen.shown.includes(index));
  const added = [...screen.shown, ...spare.reverse()].slice(0, held);
  const active = screen.shown[screen.active];
  const shown = active !== undefined && !added.includes(active) ? [...added.slice(0, -1), active] : added;
  shown.sort((a, b) => a - b);
  return { ...screen, shown, active: Math.max(0, shown.indexOf(active ?? scene.current)) };
}

/** Changes the layout; a pair needs two. */
export function laid(screen: Screen, scene: Scene, layout: Layout): Screen {
  const enough = isPair(layout) && screen.shown.length < 2 ? showing(screen, scene, 2) : screen;
  const active = isPair(layout) ? Math.min(1, enough.active) : enough.active;
  return { ...enough, layout, active };
}

/** The map that an overlay is drawn from. */
export function mapOf(kind: OverlayKind): VolumeName | undefined {
  return kind === "regions" ? "labels" : kind === "change" ? "change" : undefined;
}

/** The volumes that a screen needs, most urgent first: the current image, the others, the maps. */
export function needed(screen: Screen, scene: Scene): readonly Wanted[] {
  const active = screen.shown[screen.active];
  const order = [...screen.shown].sort(
    (a, b) => Number(b === scene.current) - Number(a === scene.current) || Number(b === active) - Number(a === active),
  );
  const has = (index: number, name: Channel) =>
    scene.timepoints.some((one) => one.index === index && one.channels.some((channel) => channel.name === name));
  const images = order.filter((index) => has(index, screen.channel)).map((timepoint) => ({ timepoint, name: screen.channel }));
  const map = mapOf(screen.overlay.kind);
  const hasMap = (index: number) => scene.timepoints.some((one) => one.index === index && one.has_labels);
  const maps = map ? order.filter(hasMap).map((timepoint) => ({ timepoint, name: map })) : [];
  return [...images, ...maps];
}
