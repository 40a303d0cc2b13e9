import { Enums, RenderingEngine, type Types, cache, init } from "@cornerstonejs/core";
import type { Grid } from "./grid";
import { type Face, type View, extent_mm } from "./planes";
import { minus, add, times } from "./grid";

/** What all volumes of a screen may take: four timepoints of six channels in a fine grid. */
const CACHE_BYTES_MAX = 1_500_000_000;
/** From the slice to the eye: any length will do, the projection is parallel. */
const DISTANCE_MM = 500;

let count = 0;

/** Whether the browser can draw at all. */
export function canDraw(): boolean {
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}

/** A rendering engine for one screen; one drawing context serves all its views. */
export function start(): RenderingEngine {
  init({ rendering: { webGlContextCount: 1 } } as Parameters<typeof init>[0]);
  cache.setMaxCacheSize(CACHE_BYTES_MAX);
  count += 1;
  return new RenderingEngine(`compare-${count}`);
}

/** Puts a view into an element. */
export function open(engine: RenderingEngine, viewportId: string, element: HTMLDivElement): Types.IVolumeViewport {
  engine.enableElement({
    viewportId,
    element,
    type: Enums.ViewportType.ORTHOGRAPHIC,
    defaultOptions: { background: [0, 0, 0] },
  });
  return engine.getViewport(viewportId) as Types.IVolumeViewport;
}

/** Millimetres that a view of so many pixels must be high to show the whole grid. */
export function whole_mm(grid: Grid, face: Face, width: number, height: number): number {
  const wide = extent_mm(grid, face.right);
  return Math.max(extent_mm(grid, face.up), (wide * height) / Math.max(1, width)) * 1.02;
}

/** Places the camera of a view. */
export function aim(viewport: Types.IVolumeViewport, face: Face, view: View): void {
  const mutable = (point: readonly [number, number, number]): Types.Point3 => [...point];
  viewport.setCamera({
    viewPlaneNormal: mutable(face.normal),
    viewUp: mutable(face.up),
    focalPoint: mutable(view.focus),
    position: mutable(add(view.focus, times(face.normal, DISTANCE_MM))),
    parallelScale: view.height_mm / 2,
    parallelProjection: true,
    flipHorizontal: false,
    flipVertical: false,
  });
}

/** What is up and what is right on the screen, as the camera has it (LPS). */
export function seen(viewport: Types.IVolumeViewport): { up: Types.Point3; right: Types.Point3 } {
  const middle = viewport.canvasToWorld([0, 0]);
  const unit = (to: Types.Point2): Types.Point3 => {
    const along = minus(viewport.canvasToWorld(to), middle);
    const length = Math.hypot(...along) || 1;
    return [...times(along, 1 / length)] as Types.Point3;
  };
  return { right: unit([100, 0]), up: unit([0, -100]) };
}
