import type { Forms } from "../api/client";
import type { Assessed } from "../patient/forms";

/** Where a patient's newest study stands. */
export const STATES = [
  "received", "analysing", "held", "failed", "preliminary", "verified", "amended", "rejected",
] as const;
export type State = (typeof STATES)[number];

/** What the list can be ordered by; the node does it. */
export const SORTS = ["arrival", "exam", "change", "doubts"] as const;

/** One patient of the worklist. */
export interface Row extends Omit<Forms["PatientRow"], "newest_study_date"> {
  readonly newest_study_date: string | null;
  readonly state: string;
  readonly assessed: Assessed | null;
}

/** `GET /patients` */
export interface Page {
  readonly total: number;
  readonly patients: readonly Row[];
}
