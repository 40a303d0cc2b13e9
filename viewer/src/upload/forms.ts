import type { Forms } from "../api/client";

/** A file that the node did not take. */
export type Refused = Forms["RefusedDto"];

/** A series, which role it was given, and why. */
export type Series = Forms["SeriesDto"];

/** A study of an upload and the patient whom it names. */
export type UploadedStudy = Forms["UploadedStudy"];

/** What was sent so far, and what it is. */
export type Upload = Forms["UploadPage"];

/** What the node says after each file. */
export type Received = Forms["UploadTally"];

/** The series of a study, and roles that nobody fills. */
export type StudySeries = Forms["SeriesPage"];

/** Roles that a series may have, by the field's words. */
export const ROLES = ["T1", "T1c", "T2", "FLAIR", "T2*", "diffusion", "perfusion", "PD", "localizer", "derived", "other"] as const;

/** Stages of an analysis, in their order. */
export const STAGES = ["identify", "assemble", "segment", "align", "track", "assess", "author", "deliver"] as const;
