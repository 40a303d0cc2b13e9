import type { Types } from "@cornerstonejs/core";
import vtkPiecewiseFunction from "@kitware/vtk.js/Common/DataModel/PiecewiseFunction";
import vtkColorTransferFunction from "@kitware/vtk.js/Rendering/Core/ColorTransferFunction";
import { palette, regions } from "../theme";

/** What lies over the images. */
export type OverlayKind = "regions" | "change" | "none";

/** A value of a map, and how it is marked. */
export interface Mark {
  readonly label: number;
  readonly letter: string;
  readonly colour: string;
  readonly word: string;
}

/** Marks of the tumour's regions. */
const REGIONS: readonly Mark[] = (["et", "netc", "snfh", "rc"] as const).map((word) => ({
  ...regions[word],
  word: `region_${word}`,
}));

/** Marks of what changed since the timepoint before. */
const CHANGES: readonly Mark[] = [
  { label: 1, letter: "+", colour: palette.orange, word: "change_grown" },
  { label: 2, letter: "−", colour: palette.sky, word: "change_shrunk" },
  { label: 3, letter: "=", colour: "#b3bcc5", word: "change_stable" },
];

/** How the overlay looks. */
export interface Overlay {
  readonly kind: OverlayKind;
  readonly isFilled: boolean;
  /** From 0 to 1. */
  readonly opacity: number;
  /** Words of the marks that are not shown. */
  readonly hidden: readonly string[];
}

export const FIRST_OVERLAY: Overlay = { kind: "regions", isFilled: false, opacity: 0.5, hidden: [] };

/** The marks of a kind of overlay. */
export function marksOf(kind: OverlayKind): readonly Mark[] {
  if (kind === "regions") return REGIONS;
  return kind === "change" ? CHANGES : [];
}

/** Red, green and blue from 0 to 1. */
export function rgb(colour: string): [number, number, number] {
  const part = (from: number) => parseInt(colour.slice(from, from + 2), 16) / 255;
  return [part(1), part(3), part(5)];
}

/** Lines are this many pixels of the screen wide. */
const OUTLINE_PIXELS = 2;
/** A fill that cannot be seen: without one the outline would not be drawn either. */
const FAINT = 0.001;

/** What the drawing library can do besides what its types say. */
type Outlined = ReturnType<Types.VolumeActor["getProperty"]> & {
  setLabelOutlineOpacity(opacity: number): void;
};

/** Dresses the actor of a map of labels. */
export function dress(actor: Types.VolumeActor, overlay: Overlay): void {
  const colours = vtkColorTransferFunction.newInstance();
  const opacities = vtkPiecewiseFunction.newInstance();
  colours.addRGBPoint(0, 0, 0, 0);
  opacities.addPoint(0, 0);
  const marks = marksOf(overlay.kind);
  const widths = new Array<number>(Math.max(0, ...marks.map(({ label }) => label))).fill(0);
  for (const { label, colour, word } of marks) {
    const isHidden = overlay.hidden.includes(word);
    colours.addRGBPoint(label, ...rgb(colour));
    opacities.addPoint(label, isHidden ? 0 : overlay.isFilled ? overlay.opacity : FAINT);
    if (!isHidden && !overlay.isFilled) widths[label - 1] = OUTLINE_PIXELS;
  }
  const property = actor.getProperty() as Outlined;
  property.setRGBTransferFunction(0, colours);
  property.setScalarOpacity(0, opacities);
  property.setInterpolationTypeToNearest();
  property.setUseLabelOutline(!overlay.isFilled);
  property.setLabelOutlineOpacity(Math.min(1, overlay.opacity + 0.4));
  property.setLabelOutlineThickness(widths);
  actor.modified();
}
