/** Where a document was sent, and how that went. */
export interface Delivery {
  readonly destination: string;
  readonly state: string;
  readonly attempt: number;
  readonly last_error: string | null;
  readonly changed_ms: number;
}

/** Who sealed a document, and whether the seal holds. */
export interface Signature {
  readonly valid: boolean;
  readonly signer: string;
  readonly time_ms: number | null;
  readonly whole_document: boolean;
}

/** One object that the node made of a study. */
export interface Document {
  readonly uid: string;
  readonly kind: string;
  readonly version: number;
  readonly state: string;
  readonly made_ms: number;
  readonly bytes: number;
  /** The object that this one takes the place of. */
  readonly replaces: string | null;
  readonly deliveries: readonly Delivery[];
  readonly signature: Signature | null;
}

/** `GET /studies/{study}/documents` */
export interface DocumentList {
  readonly documents: readonly Document[];
  /** What is still missing, as sentences. */
  readonly missing: readonly string[];
}
