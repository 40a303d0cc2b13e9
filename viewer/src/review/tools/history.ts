import { type Edit, type Labels, put } from "./edit";

/** Steps that can be undone at most. */
export const STEPS_MAX = 100;
/** Memory that steps may take at most: a step of a whole volume of 9 million voxels is 54 MB. */
export const BYTES_MAX = 64_000_000;
/** A voxel's place, its label before and its label after. */
const VOXEL_BYTES = 6;

/** What was done and what was undone; the oldest steps are forgotten first. */
export interface History {
  readonly done: readonly Edit[];
  readonly undone: readonly Edit[];
}

export const NOTHING_DONE: History = { done: [], undone: [] };

const bytes = (edits: readonly Edit[]) => edits.reduce((sum, { voxels }) => sum + voxels.length * VOXEL_BYTES, 0);

/** The history after one more step: what was undone cannot be done again. The last step is always kept. */
export function after({ done }: History, edit: Edit | undefined): History {
  if (!edit) return { done, undone: [] };
  let kept = [...done, edit].slice(-STEPS_MAX);
  while (kept.length > 1 && bytes(kept) > BYTES_MAX) kept = kept.slice(1);
  return { done: kept, undone: [] };
}

/** Takes the last step back; answers with the history and the step, whose voxels must be drawn anew. */
export function undo(labels: Labels, history: History): { history: History; edit: Edit | undefined } {
  const edit = history.done.at(-1);
  if (!edit) return { history, edit };
  put(labels, edit, "before");
  return { history: { done: history.done.slice(0, -1), undone: [...history.undone, edit] }, edit };
}

/** Does the step again that was undone last. */
export function redo(labels: Labels, history: History): { history: History; edit: Edit | undefined } {
  const edit = history.undone.at(-1);
  if (!edit) return { history, edit };
  put(labels, edit, "after");
  return { history: { done: [...history.done, edit], undone: history.undone.slice(0, -1) }, edit };
}
