import type { Forms } from "../api/client";

/** Whether the node can work, and what it has to work with. */
export type Overview = Forms["Overview"];

/** A DICOM peer. */
export type Peer = Forms["ApplicationDto"];

/** What became of an echo. */
export type Echo = Forms["EchoDto"];

/** Which studies are treated how. Without conditions it is for all. */
export type Rule = Forms["SiteRule"];

/** What one rule says of a study. */
export type Opinion = Forms["OpinionDto"];

/** What the rules would do with a study, and which of them decides. */
export type Rehearsal = Forms["Verdict"];

/** A result on its way to a peer. */
export type Delivery = Forms["QueuedDelivery"];

/** A page of deliveries. */
export type DeliveryPage = Forms["DeliveryPage"];

/** A segmentation model. */
export type Model = Forms["SiteModel"];

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
