import type { Forms } from "../api/client";

/** Where a patient's newest study may stand. */
export const STATES = [
  "received", "analysing", "held", "failed", "preliminary", "verified", "amended", "rejected",
] as const;

/** What the list can be ordered by; the node does it. */
export const SORTS = ["arrival", "oldest"] as const;

/** One patient of the worklist. */
export type Row = Forms["PatientRow"];

/** `GET /patients` */
export type Page = Forms["PatientPage"];
