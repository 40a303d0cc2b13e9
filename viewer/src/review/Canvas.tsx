import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { drawMask, grey, place, word } from "./drawing";
import { sheetOf } from "./edit/brush";
import { type Grid, type Lesion, trackOf } from "./forms";
import { planeOf, toVoxel } from "./grid";
import { Handles, type HandlesGiven } from "./Handles";
import { useHand } from "./hand";
import style from "./review.module.css";
import { type Screen, placeOf, screenOf, toCanvas } from "./screen";
import { type Change, type View, SIZES_MM } from "./view";

/** What the canvas draws, and what it says back. */
export interface CanvasGiven {
  grid: Grid;
  image: Int16Array;
  map: Uint8Array;
  view: View;
  setView: (change: Change) => void;
  full: readonly [number, number];
  lesions: readonly Lesion[];
  chosen: string | undefined;
  isReadOnly: boolean;
  /** A stamp of the tool at a place of the slice; `isErasing` turns a brush round. */
  paint: (places: readonly (readonly [number, number])[], isErasing: boolean) => void;
  endStroke: () => void;
  /** A line across the slice, in voxels. */
  cut: (from: readonly [number, number], to: readonly [number, number]) => void;
  onKey: (event: React.KeyboardEvent) => void;
  handles: Omit<HandlesGiven, "screen"> | undefined;
}

/** One slice with its outlines and whatever the hand does to them. Never mirrored: it is laid out
 * from left to right in every language, and its letters come from the grid. */
export function Canvas(given: CanvasGiven) {
  const { t } = useTranslation("review");
  const { grid, view } = given;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  const plane = planeOf(grid, view.plane);
  const slice = view.cross[plane.through.axis];
  const screen = screenOf(plane, slice, size, view.zoom, view.pan);
  const hand = useHand(given, screen);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context && size.width > 0) draw(context, size, given, screen, hand);
  });
  const where = t("slice", { slice: slice + 1, count: plane.through.count });
  return (
    <div ref={box} className={`figure ${style.canvas}`} dir="ltr">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={t("canvas")}
        aria-describedby="where"
        data-tool={view.tool}
        style={{ width: size.width, height: size.height }}
        width={size.width * devicePixelRatio}
        height={size.height * devicePixelRatio}
        onContextMenu={(event) => event.preventDefault()}
        onKeyDown={given.onKey}
        {...hand.events}
      />
      {given.handles ? <Handles {...given.handles} screen={screen} /> : null}
      <span id="where" className={style.where} role="status">
        {`${t(`plane_${plane.name}`)} · ${where} · ${view.channel}`}
      </span>
    </div>
  );
}

/** The size of an element, as it changes. */
function useSize(element: React.RefObject<HTMLDivElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: Math.floor(entry.contentRect.width), height: Math.floor(entry.contentRect.height) });
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return size;
}

type Size = { width: number; height: number };
type Hand = Pick<ReturnType<typeof useHand>, "line" | "hover">;

function draw(context: CanvasRenderingContext2D, size: Size, given: CanvasGiven, screen: Screen, { line, hover }: Hand): void {
  const { grid, view, image, map } = given;
  const sheet = sheetOf(grid, screen.plane, screen.slice);
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.fillStyle = "#000";
  context.fillRect(0, 0, size.width, size.height);
  const small = new OffscreenCanvas(sheet.width, sheet.height);
  small.getContext("2d")?.putImageData(grey(sheet, image, view.window), 0, 0);
  place(context, screen, small);
  drawMask(context, screen, sheet, map, view.mask);
  drawNames(context, given, screen);
  drawCross(context, given, screen, hover);
  drawLetters(context, size, screen);
  if (line) {
    context.lineWidth = 2;
    context.strokeStyle = "#f0e442";
    context.beginPath();
    context.moveTo(...toCanvas(screen, ...line[0]));
    context.lineTo(...toCanvas(screen, ...line[1]));
    context.stroke();
  }
}

function drawLetters(context: CanvasRenderingContext2D, size: Size, { plane }: Screen): void {
  const { left, right, top, bottom } = plane.letters;
  word(context, left, 14, size.height / 2, 16);
  word(context, right, size.width - 14, size.height / 2, 16);
  word(context, top, size.width / 2, 14, 16);
  word(context, bottom, size.width / 2, size.height - 14, 16);
}

/** Names of lesions whose centre lies within a slice of this one. */
function drawNames(context: CanvasRenderingContext2D, { grid, lesions, chosen, view }: CanvasGiven, screen: Screen): void {
  if (view.mask === "off") return;
  for (const lesion of lesions) {
    const { x, y, away } = placeOf(screen, toVoxel(grid, lesion.centre_lps_mm));
    const isChosen = trackOf(lesion) === chosen;
    if (away > 1) continue;
    word(context, `L${lesion.index}`, x, y, isChosen ? 14 : 11, isChosen ? "#f0e442" : "#cfd6dd");
  }
}

/** The cross, and the rim of the brush around it. */
function drawCross(context: CanvasRenderingContext2D, { view }: CanvasGiven, screen: Screen, hover: readonly [number, number] | undefined): void {
  const { x, y } = placeOf(screen, view.cross);
  context.lineWidth = 1;
  context.strokeStyle = "#9fb3c4";
  context.beginPath();
  for (const [dx, dy] of [[1, 0], [0, 1], [-1, 0], [0, -1]] as const) {
    context.moveTo(x + dx * 4, y + dy * 4);
    context.lineTo(x + dx * 12, y + dy * 12);
  }
  context.stroke();
  if (view.tool !== "brush" && view.tool !== "erase" && view.tool !== "threshold") return;
  const [left, top] = hover ?? [x, y];
  context.beginPath();
  context.arc(left, top, Math.max(2, (SIZES_MM[view.size] ?? 1) * screen.scale), 0, Math.PI * 2);
  context.stroke();
}
