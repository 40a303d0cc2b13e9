import { type PointerEvent, type WheelEvent, useEffect, useRef, useState } from "react";
import type { CanvasGiven } from "./Canvas";
import { line } from "./edit/brush";
import { type Screen, toSlice, voxelAt } from "./screen";
import { moved, zoomed } from "./view";

type Place = readonly [number, number];

/** What the hand is doing since the button went down. */
interface Grip {
  does: "window" | "pan" | "zoom" | "paint" | "cut" | "point";
  isErasing: boolean;
  /** Canvas, CSS pixels. */
  last: Place;
  /** The slice. */
  start: Place;
}

const PAINTS = ["brush", "erase", "threshold"];

function gripOf(event: PointerEvent, given: CanvasGiven, start: Place, last: Place): Grip {
  const { tool } = given.view;
  const isErasing = tool === "erase" || event.ctrlKey;
  const of = (does: Grip["does"]): Grip => ({ does, isErasing, start, last });
  if (event.button === 1) return of("pan");
  if (event.button === 2) return of("zoom");
  if (given.isReadOnly && tool !== "window") return of("point");
  if (PAINTS.includes(tool)) return of("paint");
  if (tool === "cut") return of("cut");
  return of(tool === "window" ? "window" : "point");
}

/** Pointer and wheel on the canvas. */
export function useHand(given: CanvasGiven, screen: Screen) {
  const grip = useRef<Grip | undefined>(undefined);
  const [cutting, setCutting] = useState<readonly [Place, Place]>();
  const [hover, setHover] = useState<Place>();
  const { view, setView } = given;
  const at = (event: PointerEvent): Place => [event.nativeEvent.offsetX, event.nativeEvent.offsetY];
  const follow = (place: Place) => {
    const cross = rounded(given, voxelAt(screen, ...place));
    setView((before) => ({ ...before, cross }));
  };

  const down = (event: PointerEvent<HTMLCanvasElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus();
    const start = toSlice(screen, ...at(event));
    grip.current = gripOf(event, given, start, at(event));
    if (grip.current.does === "paint") given.paint([start], grip.current.isErasing);
    if (grip.current.does === "point") follow(at(event));
  };

  const move = (event: PointerEvent<HTMLCanvasElement>) => {
    const held = grip.current;
    const here = at(event);
    if (PAINTS.includes(view.tool)) setHover(here);
    if (!held) return;
    const [dx, dy] = [here[0] - held.last[0], here[1] - held.last[1]];
    if (held.does === "window") setView((before) => ({ ...before, window: windowed(before.window, dx, dy, given.full) }));
    if (held.does === "pan") setView((before) => ({ ...before, pan: [before.pan[0] + dx, before.pan[1] + dy] }));
    if (held.does === "zoom") setView((before) => zoomed(before, Math.exp(-dy / 150)));
    if (held.does === "cut") setCutting([held.start, toSlice(screen, ...here)]);
    if (held.does === "paint") given.paint(line(toSlice(screen, ...held.last), toSlice(screen, ...here)), held.isErasing);
    if (held.does === "point") follow(here);
    grip.current = { ...held, last: here };
  };

  const up = (event: PointerEvent<HTMLCanvasElement>) => {
    const held = grip.current;
    grip.current = undefined;
    setCutting(undefined);
    if (held?.does === "paint") {
      given.endStroke();
      follow(at(event));
    }
    if (held?.does === "cut") given.cut(held.start, toSlice(screen, ...at(event)));
  };

  const wheel = (event: WheelEvent) => {
    if (event.ctrlKey) setView((before) => zoomed(before, event.deltaY < 0 ? 1.15 : 1 / 1.15));
    else setView((before) => moved(before, given.grid.size, screen.plane.through.axis, Math.sign(event.deltaY)));
  };
  useNoPageZoom();
  const events = { onPointerDown: down, onPointerMove: move, onPointerUp: up, onPointerCancel: up, onPointerLeave: () => setHover(undefined), onWheel: wheel };
  return { events, line: cutting, hover };
}

/** Ctrl and wheel zooms the image and not the page. */
function useNoPageZoom(): void {
  useEffect(() => {
    const stop = (event: globalThis.WheelEvent) => {
      if (event.ctrlKey && event.target instanceof HTMLCanvasElement) event.preventDefault();
    };
    addEventListener("wheel", stop, { passive: false });
    return () => removeEventListener("wheel", stop);
  }, []);
}

/** Right is wider, down is darker, at the pace of the sequence's own window. */
function windowed([low, high]: Place, dx: number, dy: number, full: Place): Place {
  const pace = (full[1] - full[0]) / 400;
  const width = Math.max(1, high - low + dx * pace);
  const centre = (low + high) / 2 + dy * pace;
  return [centre - width / 2, centre + width / 2];
}

/** The nearest voxel within the grid. */
function rounded({ grid }: CanvasGiven, voxel: readonly [number, number, number]): [number, number, number] {
  const at = (axis: 0 | 1 | 2) => Math.min(grid.size[axis] - 1, Math.max(0, Math.round(voxel[axis])));
  return [at(0), at(1), at(2)];
}
