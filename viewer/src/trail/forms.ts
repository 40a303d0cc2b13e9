import type { Forms } from "../api/client";

/** A file that a step left behind. */
export interface Artefact {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly href: string;
}

/** One step of a run: what was decided, by whom, and why. */
export interface Step {
  readonly id: string;
  readonly stage: string;
  readonly by: string;
  readonly title: string;
  readonly why: string;
  readonly cost_cpu_ms: number | null;
  readonly model: Forms["ModelRecord"] | string | null;
  readonly artefacts: readonly Artefact[];
  /** The timepoint it is about; not in every answer. */
  readonly timepoint?: number | null;
}

/** `GET /studies/{study}/trail` */
export interface TrailForm {
  readonly nodes: readonly Step[];
  readonly edges: readonly (readonly [string, string])[];
}
