import type { Forms } from "../api/client";

/** What was found for a patient. */
export type Assessment = Forms["AssessmentRecord"];
/** What was measured at one timepoint. */
export type Findings = Forms["FindingsRecord"];
/** One criteria table's word. */
export type Verdict = Forms["VerdictRecord"];
/** Something a person should know. */
export type Doubt = Forms["DoubtRecord"];
/** The regions of a tumour. */
export type Region = "wt" | "et" | "netc" | "snfh" | "rc";

/** A border of the criteria, as a value on the patient's own scale. */
export interface Threshold {
  readonly word: string;
  readonly quantity: string;
  readonly value: number;
  readonly from: "nadir" | "reference";
  readonly source: string;
}

/** Something that was done to the patient. */
export interface TreatmentEvent {
  readonly kind: "surgery" | "radiotherapy" | "drug" | "steroid";
  readonly from: string;
  readonly to: string | null;
  readonly text: string;
  readonly source: string;
}

/** One lesion at one timepoint, as the node compares it with the reference. */
export interface LesionChange {
  /** Tracking UID. */
  readonly track: string;
  readonly timepoint: number;
  readonly volume_cm3: number | null;
  readonly change_cm3: number | null;
  readonly change_percent: number | null;
  readonly product_mm2: number | null;
}

/** The newest result of a patient, in one line. */
export interface Assessed {
  readonly study: string;
  readonly date: string | null;
  readonly made_ms: number;
  readonly criteria: string;
  readonly response: string | null;
  readonly volume_cm3: number;
  readonly change_cm3: number | null;
  readonly change_percent: number | null;
  /** Error of the measurement of the change, cm³. */
  readonly noise_cm3: number;
  readonly versus: "baseline" | "earliest available" | "prior";
  /** How many doubts there are. */
  readonly doubts: number;
}

/** `GET /patients/{patient}/timeline` */
export interface Timeline {
  readonly patient: string;
  /** The study whose assessment this is. */
  readonly study: string | null;
  readonly assessment: Assessment | null;
  /** Low and high of the whole tumour at each timepoint, cm³. */
  readonly bands: readonly (readonly [number, number])[];
  readonly thresholds: readonly Threshold[];
  readonly events: readonly TreatmentEvent[];
  readonly studies: readonly Forms["StudyDto"][];
  /** Not in every answer: then the table shows the two volumes side by side. */
  readonly lesions?: readonly LesionChange[];
  /** The line of the worklist; not in every answer. */
  readonly assessed?: Assessed | null;
}
