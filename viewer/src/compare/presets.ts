/**
 * A window as shares of the one that the node proposes for a channel of a timepoint: 0 is its
 * lower end, 1 its upper. Scanners differ in what a number means, so a linked window is
 * linked by its share.
 */
export interface Window {
  readonly low: number;
  readonly high: number;
}

export const AS_PROPOSED: Window = { low: 0, high: 1 };

/** Narrowest window, as a share of the proposed one. */
const WIDTH_MIN = 0.02;

/** The presets of the keys 1 to 9, by the word that names each. */
export const PRESETS: readonly { readonly word: string; readonly window: Window }[] = [
  { word: "preset_proposed", window: AS_PROPOSED },
  { word: "preset_bright", window: { low: 0, high: 0.6 } },
  { word: "preset_dark", window: { low: 0.1, high: 1.5 } },
  { word: "preset_contrast", window: { low: 0.25, high: 0.75 } },
  { word: "preset_wide", window: { low: -0.25, high: 1.5 } },
  { word: "preset_enhancement", window: { low: 0.45, high: 1.25 } },
  { word: "preset_oedema", window: { low: 0.3, high: 0.9 } },
  { word: "preset_low", window: { low: 0, high: 0.35 } },
  { word: "preset_all", window: { low: -0.5, high: 2.5 } },
];

/** The values that are black and white on the screen. */
export function values(window: Window, [low, high]: readonly [number, number]): { lower: number; upper: number } {
  const width = high - low || 1;
  return { lower: low + window.low * width, upper: low + window.high * width };
}

/** The window after a drag: to the right wider, down brighter; both as shares of the view. */
export function dragged(window: Window, right: number, down: number): Window {
  const width = Math.max(WIDTH_MIN, (window.high - window.low) * 2 ** (right * 2));
  const centre = (window.low + window.high) / 2 - down * (window.high - window.low);
  return { low: centre - width / 2, high: centre + width / 2 };
}
