import { cache } from "@cornerstonejs/core";
import { type RefObject, useState } from "react";
import type { Readout } from "./Marks";
import type { PaneProps } from "./Pane";
import type { Drawn } from "./drawn";
import { type Drag, useGestures } from "./gestures";
import { AXES, type Point, nearest, toIndex } from "./grid";
import type { Line } from "./measure";
import { type Screened, lookAt, panned, pointAt, scrolled, windowed, zoomed } from "./moves";
import type { Look } from "./sync";

/** Lets the hand scroll, window, move, zoom and measure in a view; answers with what it points at. */
export function useHand(
  props: PaneProps,
  element: RefObject<HTMLDivElement | null>,
  { screened, content }: Drawn,
): { readout: Readout | undefined; growing: Line | undefined } {
  const { id, plane, tool, isCrossing, onActivate, onLine } = props;
  const { looks } = props.stage;
  const [readout, setReadout] = useState<Readout>();
  const [growing, setGrowing] = useState<Line>();
  const change = (make: (at: Screened, now: Look) => Partial<Look>) => looks.change(id, make(screened, looks.of(id)));
  const line = (from: Point, x: number, y: number): Line => {
    const slice = looks.of(id).voxel[screened.face.axis];
    return { plane, slice, from, to: pointAt(screened, x, y) };
  };
  const isMeasuring = (drag: Drag) => drag === "left" && tool === "measure";
  useGestures(element, {
    press: (drag, x, y) => {
      onActivate();
      if (isMeasuring(drag)) setGrowing(line(pointAt(screened, x, y), x, y));
    },
    drag: (drag, right, down) => {
      if (isMeasuring(drag)) setGrowing((last) => last && { ...last, to: moved(last.to, screened, right, down) });
      else if (drag === "middle") change((at, now) => panned(at, now, right, down));
      else if (drag === "right") change((at, now) => zoomed(at, now, 2 ** (-down / 100), at.width / 2, at.height / 2));
      else change((at, now) => windowed(at, now, right, down));
    },
    release: (drag, x, y, isClick) => {
      if (growing) onLine(line(growing.from, x, y));
      setGrowing(undefined);
      if (!isClick || drag !== "left" || !isCrossing || tool !== "window") return;
      change((at, now) => lookAt(at.grid, { ...now, zoom: 1 }, pointAt(at, x, y)));
    },
    hover: (x, y) => setReadout(content && read(content.image, screened, x, y)),
    leave: () => setReadout(undefined),
    scroll: (slices) => change((at, now) => scrolled(at, now, slices)),
    zoom: (steps, x, y) => change((at, now) => zoomed(at, now, 1.1 ** steps, x, y)),
  });
  return { readout, growing };
}

/** The end of a line after the hand has moved. */
function moved(to: Point, screened: Screened, right: number, down: number): Point {
  const [a, b] = [pointAt(screened, 0, 0), pointAt(screened, right, down)];
  return [to[0] + b[0] - a[0], to[1] + b[1] - a[1], to[2] + b[2] - a[2]];
}

/** The voxel under a pixel and its value; nothing beside the grid. */
function read(volumeId: string, screened: Screened, x: number, y: number): Readout | undefined {
  const lps = pointAt(screened, x, y);
  const index = toIndex(screened.grid, lps);
  const voxel = nearest(screened.grid, index);
  if (AXES.some((axis) => Math.abs(voxel[axis] - index[axis]) > 0.51)) return undefined;
  const value = cache.getVolume(volumeId)?.voxelManager?.getAtIJK(voxel[0], voxel[1], voxel[2]);
  return typeof value === "number" ? { lps, value } : undefined;
}

