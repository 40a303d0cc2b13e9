import { regions } from "../theme";
import { type Sheet } from "./edit/brush";
import { type Screen, toCanvas } from "./screen";
import { LABELS, type Mask } from "./view";

/** Line patterns of the regions: a mark is never told by its colour alone. */
const DASHES: Record<string, number[]> = { et: [], netc: [7, 3], snfh: [2, 3], rc: [9, 3, 2, 3] };
const FILL_ALPHA = 0.28;

/** The image of a slice in grey. */
export function grey(sheet: Sheet, image: Int16Array, [low, high]: readonly [number, number]): ImageData {
  const pixels = new ImageData(sheet.width, sheet.height);
  const slope = 255 / Math.max(1, high - low);
  let at = 0;
  for (let y = 0; y < sheet.height; y++) {
    for (let x = 0; x < sheet.width; x++) {
      const value = ((image[sheet.at(x, y)] ?? 0) - low) * slope;
      pixels.data[at] = value;
      pixels.data[at + 1] = value;
      pixels.data[at + 2] = value;
      pixels.data[at + 3] = 255;
      at += 4;
    }
  }
  return pixels;
}

/** Draws an image of slice size where the slice lies. */
export function place(context: CanvasRenderingContext2D, screen: Screen, source: CanvasImageSource): void {
  const { plane, scale, left, top } = screen;
  context.drawImage(source, left, top, plane.across.count * plane.across.mm * scale, plane.down.count * plane.down.mm * scale);
}

/** Fills and outlines the regions of a slice. */
export function drawMask(context: CanvasRenderingContext2D, screen: Screen, sheet: Sheet, map: Uint8Array, mask: Mask): void {
  if (mask === "off") return;
  for (const { value, region } of LABELS) {
    const { colour } = regions[region];
    const [fill, outline] = shapes(screen, sheet, map, value);
    if (mask === "both") {
      context.globalAlpha = FILL_ALPHA;
      context.fillStyle = colour;
      context.fill(fill);
      context.globalAlpha = 1;
    }
    context.setLineDash(DASHES[region] ?? []);
    context.lineWidth = 1.6;
    context.strokeStyle = colour;
    context.stroke(outline);
  }
  context.setLineDash([]);
}

/** The area of a region and its rim, as paths. */
function shapes(screen: Screen, sheet: Sheet, map: Uint8Array, label: number): [Path2D, Path2D] {
  const fill = new Path2D();
  const outline = new Path2D();
  const isIn = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < sheet.width && y < sheet.height && map[sheet.at(x, y)] === label;
  const edge = (x0: number, y0: number, x1: number, y1: number) => {
    outline.moveTo(...toCanvas(screen, x0, y0));
    outline.lineTo(...toCanvas(screen, x1, y1));
  };
  for (let y = 0; y < sheet.height; y++) {
    let start = -1;
    for (let x = 0; x <= sheet.width; x++) {
      const isHere = isIn(x, y);
      if (isHere && start < 0) start = x;
      if (!isHere && start >= 0) {
        const [left, top] = toCanvas(screen, start - 0.5, y - 0.5);
        const [right, bottom] = toCanvas(screen, x - 0.5, y + 0.5);
        fill.rect(left, top, right - left, bottom - top);
        edge(start - 0.5, y - 0.5, start - 0.5, y + 0.5);
        edge(x - 0.5, y - 0.5, x - 0.5, y + 0.5);
        start = -1;
      }
      if (isHere && !isIn(x, y - 1)) edge(x - 0.5, y - 0.5, x + 0.5, y - 0.5);
      if (isHere && !isIn(x, y + 1)) edge(x - 0.5, y + 0.5, x + 0.5, y + 0.5);
    }
  }
  return [fill, outline];
}

/** A word with a dark rim, so that it is read on any image. */
export function word(context: CanvasRenderingContext2D, text: string, x: number, y: number, size = 13, colour = "#cfd6dd"): void {
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.strokeStyle = "#0b0d10";
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
