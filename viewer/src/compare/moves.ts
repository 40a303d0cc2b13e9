import { type Grid, type Point, nearest, put, toIndex } from "./grid";
import { type Face, type View, under } from "./planes";
import { dragged } from "./presets";
import { type Look, ZOOM_MAX, ZOOM_MIN } from "./sync";

/** A view as it stands on the screen. */
export interface Screened {
  readonly grid: Grid;
  readonly face: Face;
  readonly view: View;
  /** Pixels of the page. */
  readonly width: number;
  readonly height: number;
}

/** Millimetres of the patient under one pixel of the page. */
export function mmPerPixel({ view, height }: Pick<Screened, "view" | "height">): number {
  return height > 0 ? view.height_mm / height : 0;
}

/** The point of the slice under a pixel of the view (LPS). */
export function pointAt(screened: Screened, x: number, y: number): Point {
  const { view, face, width, height } = screened;
  return under(view, face, mmPerPixel(screened), x - width / 2, y - height / 2);
}

/** So many slices towards the patient's left, back or head. */
export function scrolled({ grid, face }: Screened, look: Look, slices: number): Partial<Look> {
  const index = look.voxel[face.axis] + slices * face.rise;
  return { voxel: nearest(grid, put(look.voxel, face.axis, index)) };
}

/** The image moves with the hand. */
export function panned(screened: Screened, look: Look, right: number, down: number): Partial<Look> {
  const { width, height, grid, face } = screened;
  const centre = toIndex(grid, pointAt(screened, width / 2 - right, height / 2 - down));
  return { centre: put(centre, face.axis, look.centre[face.axis]) };
}

/** Nearer or farther; the point under the pixel stays where it is. */
export function zoomed(screened: Screened, look: Look, factor: number, x: number, y: number): Partial<Look> {
  const zoom = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, look.zoom * factor));
  const share = 1 - look.zoom / zoom;
  const { width, height } = screened;
  return { zoom, ...panned(screened, look, (width / 2 - x) * share, (height / 2 - y) * share) };
}

/** A wider or a brighter window. */
export function windowed({ width, height }: Screened, look: Look, right: number, down: number): Partial<Look> {
  return { window: dragged(look.window, right / Math.max(1, width), down / Math.max(1, height)) };
}

/** A look at a point; zoomed in, the point comes to the middle. */
export function lookAt(grid: Grid, look: Look, lps: Point): Partial<Look> {
  const index = toIndex(grid, lps);
  const voxel = nearest(grid, index);
  return look.zoom > 1 ? { voxel, centre: voxel } : { voxel };
}
