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
export type LesionChange = Forms["LesionChangeDto"];

/** A patient through time. */
export type Timeline = Forms["Timeline"];
