import { queryOptions } from "@tanstack/react-query";
import { json } from "../api/client";
import type { Grid, Point } from "./grid";

/** An image or map of a timepoint that the node can give in the grid of the scene. */
export type Channel = "T1" | "T1c" | "T2" | "FLAIR" | "subtraction" | "ADC" | "CBV";
export type MapName = "labels" | "lesions" | "change";
export type VolumeName = Channel | MapName;

/** One examination of the patient, brought into the grid of the scene. */
export interface Timepoint {
  readonly index: number;
  readonly study: string;
  readonly date: string | null;
  readonly channels: readonly { readonly name: Channel; readonly window: readonly [number, number] }[];
  readonly registration: {
    readonly passed: boolean;
    readonly why: string;
    readonly error_mm: number | null;
  } | null;
  readonly has_labels: boolean;
}

/** A lesion where it was seen at one timepoint. */
export interface Sighting {
  readonly timepoint: number;
  readonly lesions: readonly number[];
  readonly centre_lps_mm: Point | null;
  readonly volume_cm3: number | null;
}

/** A lesion followed through time. */
export interface Track {
  readonly uid: string;
  readonly name: string;
  readonly colour_index: number;
  readonly sightings: readonly Sighting[];
}

/** A surface that the node has made of a lesion at one timepoint. */
export interface SurfaceAddress {
  readonly timepoint: number;
  readonly track: string;
  readonly href: string;
}

/** Everything that can be looked at beside one study, in the grid of its own T1c. */
export interface Scene {
  readonly study: string;
  readonly grid: Grid;
  readonly timepoints: readonly Timepoint[];
  readonly current: number;
  readonly tracks: readonly Track[];
  readonly surfaces: readonly SurfaceAddress[];
}

const base = (study: string) => `/api/v1/studies/${encodeURIComponent(study)}/scene`;

/** Where the bytes of a volume are. */
export function volumeAddress(study: string, timepoint: number, name: VolumeName): string {
  return `${base(study)}/${timepoint}/${encodeURIComponent(name)}`;
}

/** What can be looked at beside a study. */
export function scene(study: string) {
  return queryOptions({
    queryKey: ["scene", study],
    queryFn: ({ signal }) => json<Scene>(base(study), { signal }),
    staleTime: Infinity,
  });
}

/** The timepoint with a number. */
export function timepointOf(scene: Scene, index: number): Timepoint | undefined {
  return scene.timepoints.find((timepoint) => timepoint.index === index);
}

/** The window that the node proposes for a channel of a timepoint. */
export function windowOf(timepoint: Timepoint, channel: Channel): readonly [number, number] | undefined {
  return timepoint.channels.find(({ name }) => name === channel)?.window;
}

/** Channels that any timepoint has, in the order in which they are read. */
export function channelsOf(scene: Scene): readonly Channel[] {
  const order: readonly Channel[] = ["T1", "T1c", "T2", "FLAIR", "subtraction", "ADC", "CBV"];
  return order.filter((name) => scene.timepoints.some((one) => windowOf(one, name)));
}

/** What stands side by side at first: the current timepoint, and the one before it. */
export function firstShown(scene: Scene): readonly number[] {
  const at = scene.timepoints.findIndex(({ index }) => index === scene.current);
  return scene.timepoints.slice(Math.max(0, at - 1), at + 1).map(({ index }) => index);
}

/** Where to look first: the centre of the first lesion seen now. */
export function firstCentre(scene: Scene): Point | null {
  for (const track of scene.tracks) {
    const now = track.sightings.find(({ timepoint }) => timepoint === scene.current);
    if (now?.centre_lps_mm) return now.centre_lps_mm;
  }
  return null;
}
