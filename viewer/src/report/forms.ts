import type { Forms } from "../api/client";

/** Where a document was sent, and how that went. */
export type Delivery = Forms["DeliveryDto"];
/** Who sealed a document, and whether the seal holds. */
export type Signature = Forms["Signature"];
/** One object that the node made of a study. */
export type Document = Forms["DocumentDto"];
/** What the node made of a study, and what is still missing. */
export type DocumentList = Forms["Documents"];

/** What a person said about a result. */
export interface Spoken {
  readonly version: number;
  readonly state: string;
  readonly by: string;
  readonly at_ms: number;
  readonly reason: string | null;
}

/** `GET /studies/{study}/review`, as far as a reader needs it. */
export interface Reviewed {
  readonly state: string;
  readonly version: number;
  readonly history: readonly Spoken[];
}
