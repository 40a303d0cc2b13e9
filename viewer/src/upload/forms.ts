/** A file that the node did not take. */
export interface Refused {
  name: string;
  why: string;
}

/** A series, which role it was given, and why. */
export interface Series {
  series: string;
  description: string;
  role: string | null;
  why: string;
  images: number;
  assigned_by_human?: boolean;
  /** Whether it takes part in an analysis. */
  used?: boolean;
}

/** A study of an upload and the patient whom it names. */
export interface UploadedStudy {
  study: string;
  date: string | null;
  patient: { name: string; patient_id: string; birth_date: string; sex: string };
  match: "new" | "same" | "conflict";
  why: string;
  series: Series[];
  /** Roles that an analysis needs and that no series has, or more than one. */
  needs: string[];
}

/** What was sent so far, and what it is. */
export interface Upload {
  upload: string;
  files: number;
  bytes: number;
  /** Until when it waits to be started. */
  ends_ms: number;
  studies: UploadedStudy[];
  /** The first files that were not taken, and how many there are besides. */
  refused: Refused[];
  refused_more: number;
}

/** What the node says after each file. */
export interface Received {
  files: number;
  bytes: number;
  refused: Refused[];
  refused_more: number;
}

/** The series of a study, and roles that nobody fills. */
export interface StudySeries {
  series: Series[];
  needs: string[];
}

/** Roles that a series may have, by the field's words. */
export const ROLES = ["T1", "T1c", "T2", "FLAIR", "T2*", "diffusion", "perfusion", "PD", "localizer", "derived", "other"] as const;

/** Stages of an analysis, in their order. */
export const STAGES = ["identify", "assemble", "segment", "align", "track", "assess", "author", "deliver"] as const;
