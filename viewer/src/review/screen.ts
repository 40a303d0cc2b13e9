import type { Lps } from "./forms";
import { type Plane, fromPlane, onPlane } from "./grid";

/** How a slice lies on the canvas: CSS pixels a mm, and where the slice begins. */
export interface Screen {
  plane: Plane;
  slice: number;
  scale: number;
  left: number;
  top: number;
}

/** Fits a slice into a canvas, then zoom and pan. */
export function screenOf(plane: Plane, slice: number, canvas: { width: number; height: number }, zoom: number, pan: readonly [number, number]): Screen {
  const width_mm = plane.across.count * plane.across.mm;
  const height_mm = plane.down.count * plane.down.mm;
  const scale = Math.min(canvas.width / width_mm, canvas.height / height_mm) * zoom;
  return {
    plane,
    slice,
    scale,
    left: (canvas.width - width_mm * scale) / 2 + pan[0],
    top: (canvas.height - height_mm * scale) / 2 + pan[1],
  };
}

/** From a place on the canvas to a place on the slice; whole numbers are centres of voxels. */
export function toSlice(screen: Screen, x: number, y: number): [number, number] {
  const { plane, scale, left, top } = screen;
  return [(x - left) / (plane.across.mm * scale) - 0.5, (y - top) / (plane.down.mm * scale) - 0.5];
}

/** From a place on the slice to a place on the canvas. */
export function toCanvas(screen: Screen, x: number, y: number): [number, number] {
  const { plane, scale, left, top } = screen;
  return [left + (x + 0.5) * plane.across.mm * scale, top + (y + 0.5) * plane.down.mm * scale];
}

/** The voxel at a place on the canvas, not rounded. */
export function voxelAt(screen: Screen, x: number, y: number): Lps {
  const [across, down] = toSlice(screen, x, y);
  return fromPlane(screen.plane, across, down, screen.slice);
}

/** Where a voxel is on the canvas, and how many slices away it lies. */
export function placeOf(screen: Screen, voxel: Lps): { x: number; y: number; away: number } {
  const { x, y, slice } = onPlane(screen.plane, voxel);
  const [left, top] = toCanvas(screen, x, y);
  return { x: left, y: top, away: Math.abs(slice - screen.slice) };
}
