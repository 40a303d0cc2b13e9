import type { Lps } from "./forms";
import { type PlaneName, PLANES } from "./grid";

export const TOOLS = ["window", "brush", "erase", "threshold", "cut", "diameters"] as const;
export type Tool = (typeof TOOLS)[number];

export const MASKS = ["both", "outline", "off"] as const;
export type Mask = (typeof MASKS)[number];

/** Labels by their values in the map, with the node's words. */
export const LABELS = [
  { value: 3, region: "et", word: "ET" },
  { value: 1, region: "netc", word: "NETC" },
  { value: 2, region: "snfh", word: "SNFH" },
  { value: 4, region: "rc", word: "RC" },
] as const;

/** Sizes of the brush, radius in mm. */
export const SIZES_MM = [0.1, 1, 1.5, 2, 3, 4, 6, 8, 12, 16] as const;

/** The least and the largest zoom. */
const ZOOM: readonly [number, number] = [0.5, 12];

/** How the images are looked at, and what the hand holds. */
export interface View {
  plane: PlaneName;
  channel: string;
  /** The cross, in voxels; the slice lies in it. */
  cross: Lps;
  zoom: number;
  pan: readonly [number, number];
  window: readonly [number, number];
  mask: Mask;
  tool: Tool;
  label: number;
  size: number;
  band: readonly [number, number];
}

/** A new view, or how it comes from the one before. */
export type Change = View | ((view: View) => View);

/** The next of a list, round and round. */
function next<T>(list: readonly T[], now: T, step = 1): T {
  const at = list.indexOf(now);
  return list[(at + step + list.length) % list.length] ?? now;
}

/** Turns the view by one key; nothing where the key means nothing to it. */
export function turned(view: View, key: string, full: readonly [number, number]): View | undefined {
  const tools: Record<string, Tool> = { v: "window", b: "brush", e: "erase", t: "threshold", k: "cut", d: "diameters" };
  const lower = key.toLowerCase();
  const tool = tools[lower];
  if (tool) return { ...view, tool };
  const labels = LABELS.map(({ value }) => value as number);
  switch (lower) {
    case "g":
      return { ...view, label: next(labels, view.label) };
    case "q":
      return { ...view, plane: next(PLANES, view.plane), pan: [0, 0] };
    case "m":
      return { ...view, mask: view.mask === "off" ? "both" : "off" };
    case "o":
      return { ...view, mask: view.mask === "both" ? "outline" : "both" };
    case "[":
      return { ...view, size: Math.max(0, view.size - 1) };
    case "]":
      return { ...view, size: Math.min(SIZES_MM.length - 1, view.size + 1) };
    case "+":
    case "=":
      return zoomed(view, 1.25);
    case "-":
      return zoomed(view, 0.8);
    case "0":
      return { ...view, zoom: 1, pan: [0, 0] };
    default:
      return preset(view, key, full);
  }
}

/** Parts of the sequence's own window: all of it, its lower and upper half, a wider one. */
const PRESETS: Record<string, readonly [number, number]> = { "1": [0, 1], "2": [0, 0.5], "3": [0.3, 1], "4": [0, 1.6] };

function preset(view: View, key: string, [low, high]: readonly [number, number]): View | undefined {
  const part = PRESETS[key];
  if (!part) return undefined;
  const span = high - low;
  return { ...view, window: [low + span * part[0], low + span * part[1]] };
}

/** The view nearer or farther. */
export function zoomed(view: View, factor: number): View {
  return { ...view, zoom: Math.min(ZOOM[1], Math.max(ZOOM[0], view.zoom * factor)) };
}

/** The cross moved along grid axes, kept within the grid. */
export function moved(view: View, size: Lps, axis: 0 | 1 | 2, by: number): View {
  const cross: [number, number, number] = [...view.cross];
  cross[axis] = Math.min(size[axis] - 1, Math.max(0, Math.round(cross[axis] + by)));
  return { ...view, cross };
}
