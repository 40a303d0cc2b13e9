import type { Forms } from "../api/client";

/** A file that a step left behind. */
export interface Artefact {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly href: string;
}

/** One step of a run: what was decided, by whom, and why. Not every step has files or a cost. */
export type Step = Forms["NodeDto"] & {
  readonly cost_cpu_ms?: number | null;
  readonly artefacts?: readonly Artefact[];
};

/** How a result came about. */
export interface TrailForm {
  readonly nodes: readonly Step[];
  readonly edges: readonly (readonly number[])[];
}
