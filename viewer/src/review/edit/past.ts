import type { Diff } from "./diff";

/** A change that can be taken back: voxels here, or a correction by the node. */
export type Step =
  | { kind: "voxels"; diff: Diff; slice: Painted | undefined }
  | { kind: "node"; saves: number };

/** Where a stroke was painted: plane, slice and label. */
export interface Painted {
  plane: string;
  slice: number;
  label: number;
}

/** Steps that are kept. */
export const STEPS_MAX = 100;
/** Voxels that all steps together may hold: 6 bytes each. */
export const VOXELS_MAX = 6_000_000;

const voxels = (step: Step) => (step.kind === "voxels" ? step.diff.at.length : 0);

/** What was done and can be undone, and what was undone and can be done again; bounded. */
export class Past {
  private done: Step[] = [];
  private undone: Step[] = [];

  /** Notes a new step; what was undone is gone. */
  add(step: Step): void {
    this.undone = [];
    this.done.push(step);
    let sum = this.done.reduce((total, each) => total + voxels(each), 0);
    while (this.done.length > STEPS_MAX || (sum > VOXELS_MAX && this.done.length > 1)) {
      const oldest = this.done.shift();
      sum -= oldest ? voxels(oldest) : 0;
    }
  }

  /** The step to take back now. */
  back(): Step | undefined {
    const step = this.done.pop();
    if (step) this.undone.push(step);
    return step;
  }

  /** The step to make again now. */
  forth(): Step | undefined {
    const step = this.undone.pop();
    if (step) this.done.push(step);
    return step;
  }

  /** What can be taken back, the oldest first. */
  steps(): readonly Step[] {
    return this.done;
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }
}
