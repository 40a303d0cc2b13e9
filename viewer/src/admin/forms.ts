/** Whether the node can work, and what it has to work with. */
export interface Overview {
  health: { ready: boolean; troubles: string[]; degraded: string[] };
  disk: { free_bytes: number; total_bytes: number; watermark_bytes: number };
  queues: { name: string; waiting: number; running: number; failed: number }[];
  workers: { state: string; job: number | null; stage: string | null }[];
  certificates: { what: string; subject: string; not_after_ms: number }[];
  version: string;
}

/** A DICOM peer. */
export interface Peer {
  name: string;
  title: string;
  address: string | null;
  uses: string[];
}

/** What became of an echo. */
export interface Echo {
  ok: boolean;
  took_ms: number;
  why: string | null;
}

/** Which studies are treated how. Without conditions it is for all. */
export interface Rule {
  name: string;
  conditions: string[];
  action: string;
  destinations: string[];
  model: string | null;
}

/** What one rule says of a study. */
export interface Opinion {
  rule: string;
  matches: boolean;
  holds: string[];
  fails: string[];
}

/** What the rules would do with a study, and which of them decides. */
export interface Rehearsal {
  fired: string | null;
  action: string;
  destinations: string[];
  why: Opinion[];
}

/** A result on its way to a peer. */
export interface Delivery {
  id: number;
  study: string;
  patient: string;
  destination: string;
  kind: string;
  uid: string;
  state: string;
  attempt: number;
  last_error: string | null;
  changed_ms: number;
}

/** A page of deliveries. */
export interface DeliveryPage {
  total: number;
  deliveries: Delivery[];
}

/** A segmentation model. */
export interface Model {
  name: string;
  version: string;
  sha256: string | null;
  signed: boolean;
  why: string;
  is_default: boolean;
  limitations: string[];
}

/** The first record of the log that is not as it was written. */
export interface FirstBad {
  record: number;
  up_to: number;
  wrong: string;
}

/** What the verification of the log found. */
export interface LogVerdict {
  records: number;
  root: string;
  anchored: number;
  checkpoints: number;
  first_bad: FirstBad | null;
  complaints: string[];
}
