import type { Forms } from "../api/client";

/** A file that a step left behind. */
export type Artefact = Forms["ArtefactDto"];

/** One step of a run: what was decided, by whom, and why. */
export type Step = Forms["NodeDto"];

/** How a result came about. */
export type TrailForm = Pick<Forms["TrailDto"], "nodes" | "edges">;
