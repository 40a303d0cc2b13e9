import { type RefObject, useEffect, useRef } from "react";

/** What a drag does, by the button that was pressed. */
export type Drag = "left" | "middle" | "right";

/** What somebody does on a view; pixels count from the view's top left corner. */
export interface Gestures {
  press(drag: Drag, x: number, y: number): void;
  drag(drag: Drag, right: number, down: number): void;
  release(drag: Drag, x: number, y: number, isClick: boolean): void;
  hover(x: number, y: number): void;
  leave(): void;
  scroll(slices: number): void;
  zoom(steps: number, x: number, y: number): void;
}

/** A wheel turns by about this many pixels for one slice. */
const WHEEL_PIXELS = 50;
/** A press that moves less than this is a click. */
const CLICK_PIXELS = 4;

function meaning(event: PointerEvent): Drag {
  if (event.button === 1 || (event.button === 0 && event.shiftKey)) return "middle";
  if (event.button === 2 || (event.button === 0 && event.ctrlKey)) return "right";
  return "left";
}

/** Tells what is done with mouse, pen or finger on an element. */
export function useGestures(element: RefObject<HTMLElement | null>, gestures: Gestures): void {
  const latest = useRef(gestures);
  useEffect(() => {
    latest.current = gestures;
  });
  useEffect(() => (element.current ? listen(element.current, latest) : undefined), [element]);
}

function listen(element: HTMLElement, latest: RefObject<Gestures>): () => void {
  const end = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(name: K, hear: (event: HTMLElementEventMap[K]) => void) =>
    element.addEventListener(name, hear, { signal: end.signal, passive: false });
  const at = (event: MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  let held: { drag: Drag; start: { x: number; y: number }; last: { x: number; y: number }; isClick: boolean } | undefined;
  let turned = 0;
  on("contextmenu", (event) => event.preventDefault());
  on("pointerdown", (event) => {
    if (held) return;
    const start = at(event);
    held = { drag: meaning(event), start, last: start, isClick: true };
    element.setPointerCapture(event.pointerId);
    if (event.button !== 0) event.preventDefault();
    latest.current.press(held.drag, start.x, start.y);
  });
  on("pointermove", (event) => {
    const here = at(event);
    if (!held) return latest.current.hover(here.x, here.y);
    const { drag, start, last } = held;
    if (Math.hypot(here.x - start.x, here.y - start.y) > CLICK_PIXELS) held.isClick = false;
    held.last = here;
    latest.current.drag(drag, here.x - last.x, here.y - last.y);
  });
  const release = (event: PointerEvent) => {
    if (!held) return;
    const { drag, isClick } = held;
    held = undefined;
    const here = at(event);
    latest.current.release(drag, here.x, here.y, isClick && event.type === "pointerup");
  };
  on("pointerup", release);
  on("pointercancel", release);
  on("pointerleave", () => latest.current.leave());
  on("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * 33;
    const here = at(event);
    if (event.ctrlKey) return latest.current.zoom(-pixels / WHEEL_PIXELS, here.x, here.y);
    turned = Math.abs(pixels) >= WHEEL_PIXELS ? Math.sign(pixels) * WHEEL_PIXELS : turned + pixels;
    const slices = Math.trunc(turned / WHEEL_PIXELS);
    turned -= slices * WHEEL_PIXELS;
    if (slices !== 0) latest.current.scroll(-slices);
  });
  return () => end.abort();
}
