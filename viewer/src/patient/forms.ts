import type { Forms } from "../api/client";

/** What was found for a patient. */
export type Assessment = Forms["AssessmentRecord"];
/** What was measured at one timepoint. */
export type Findings = Forms["FindingsRecord"];
/** One criteria table's word. */
export type Verdict = Forms["VerdictRecord"];
/** Something a person should know. */
export type Doubt = Forms["DoubtRecord"];
/** A border of the criteria, as a value on the patient's own scale. */
export type Threshold = Forms["ThresholdDto"];
/** Something that was done to the patient. */
export type TreatmentEvent = Forms["EventDto"];
/** The newest result of a patient, in one line. */
export type Assessed = Forms["Assessed"];
/** The regions of a tumour. */
export type Region = "wt" | "et" | "netc" | "snfh" | "rc";

/** One lesion at one timepoint, as the node compares it with the reference. */
export interface LesionChange {
  /** Tracking UID. */
  readonly track: string;
  readonly timepoint: number;
  readonly change_cm3: number | null;
  readonly change_percent: number | null;
  readonly product_mm2: number | null;
}

/** A patient through time. What the node does not say yet is left out of the screens. */
export type Timeline = Forms["Timeline"] & {
  readonly lesions?: readonly LesionChange[];
  readonly assessed?: Assessed | null;
};
