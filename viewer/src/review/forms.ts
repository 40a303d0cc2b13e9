import type { Forms } from "../api/client";

/** A place in the patient, LPS, mm. */
export type Lps = readonly [number, number, number];

/** Volumes by region, in cm3. */
export type Volumes = Forms["VolumesRecord"];

/** What is said of a lesion, or of a whole result. */
export type Decision = "accept" | "amend" | "reject";

/** The ends of a lesion's two diameters. */
export interface Ends {
  track: string;
  long_ends_lps_mm: readonly Lps[];
  short_ends_lps_mm: readonly Lps[];
}

/** What is said of one lesion. */
export interface Said {
  track: string;
  decision: Decision;
  reason: string;
}

/** What is sent of a draft. */
export interface Draft {
  lesions: readonly Said[];
  notes: string;
  diameters: readonly Ends[];
}

/** A draft as the node keeps it: with the lengths that it measured. */
export interface KeptDraft extends Draft {
  by: string;
  by_me: boolean;
  changed_ms: number;
  edited: boolean;
  diameters: readonly (Ends & { long_mm: number; short_mm: number })[];
}

/** A lesion as the node measured it. */
export interface Lesion {
  index: number;
  track: string | null;
  name: string;
  volumes_cm3: Volumes;
  bounds_cm3: readonly number[];
  diameters: (Omit<Ends, "track"> & { long_mm: number; short_mm: number }) | null;
  centre_lps_mm: Lps;
}

/** The review of a study's result. */
export interface Review {
  study: string;
  state: "preliminary" | "verified" | "amended" | "rejected" | "superseded";
  version: number;
  revision: number;
  /** The structured report whose place the newest one took. */
  predecessor: string | null;
  /** Whether the objects of a signature are still being written: nothing is changed meanwhile. */
  pending: boolean;
  draft: KeptDraft | null;
  measured: { volumes_cm3: Volumes; lesions: readonly Lesion[]; before: { volumes_cm3: Volumes } };
  /** The oldest first; `by` is empty for the node itself. */
  history: readonly { version: number; state: string; by: string; at_ms: number; reason: string; notes?: string }[];
  may: { review: boolean; sign: boolean };
}

/** Regions by the node's words. */
export type Region = "NETC" | "SNFH" | "ET" | "RC";

/** What a lesion is called in requests: its track, or its index where it has none yet. */
export function trackOf({ track, index }: Lesion): string {
  return track ?? String(index);
}

/** A change that the node makes to the outlines. */
export type Correction =
  | { op: "relabel"; track: string; from: Region; to: Region | null }
  | { op: "remove"; track: string }
  | { op: "split"; track: string; plane: { point_lps_mm: Lps; normal: Lps } }
  | { op: "merge"; tracks: readonly string[] }
  | { op: "undo" | "redo" | "reset" };

/** The grid that everything is drawn in; `direction` holds the unit vectors of i, j and k. */
export interface Grid {
  size: readonly [number, number, number];
  spacing_mm: Lps;
  origin_lps_mm: Lps;
  direction: readonly [Lps, Lps, Lps];
}

/** What there is to draw. */
export interface Scene {
  study: string;
  grid: Grid;
  timepoints: readonly {
    index: number;
    study: string;
    date: string | null;
    channels: readonly { name: string; window: readonly [number, number] }[];
    has_labels: boolean;
  }[];
  current: number;
}
