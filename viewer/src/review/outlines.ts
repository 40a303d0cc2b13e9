import { type Diff, Stroke, apply, between, revert } from "./edit/diff";
import { type Painted, Past, type Step } from "./edit/past";

/** What is to be drawn: the map, and a number that grows with each change. */
export interface Seen {
  map: Uint8Array<ArrayBuffer>;
  change: number;
  canUndo: boolean;
  canRedo: boolean;
}

/** The outlines while they are edited: one label a voxel, with a past. */
export class Outlines {
  private readonly past = new Past();
  private readonly listeners = new Set<() => void>();
  private stroke: Stroke | undefined;
  private now: Seen;

  constructor(private map: Uint8Array<ArrayBuffer>) {
    this.now = { map, change: 0, canUndo: false, canRedo: false };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly seen = (): Seen => this.now;

  /** Changes voxels; the change goes on until it is ended. */
  paint(change: (stroke: Stroke) => void): void {
    this.stroke ??= new Stroke(this.map);
    change(this.stroke);
    this.tell();
  }

  /** Ends a change; says whether anything is different. */
  end(slice?: Painted): boolean {
    const diff = this.stroke?.end();
    this.stroke = undefined;
    if (diff) this.past.add({ kind: "voxels", diff, slice });
    this.tell();
    return diff !== undefined;
  }

  /** Takes another map, as a step that can be taken back. */
  replace(map: Uint8Array<ArrayBuffer>): Diff | undefined {
    const diff = between(this.map, map);
    if (diff) {
      apply(this.map, diff);
      this.past.add({ kind: "voxels", diff, slice: undefined });
    }
    this.tell();
    return diff;
  }

  /** Takes the map as the node has it, after a step that the node made. */
  follow(map: Uint8Array<ArrayBuffer>, step?: Step): void {
    this.map = map;
    if (step) this.past.add(step);
    this.tell();
  }

  /** Takes the last step back; gives it. */
  undo(): Step | undefined {
    const step = this.past.back();
    if (step?.kind === "voxels") revert(this.map, step.diff);
    this.tell();
    return step;
  }

  /** Makes the step again that was taken back last; gives it. */
  redo(): Step | undefined {
    const step = this.past.forth();
    if (step?.kind === "voxels") apply(this.map, step.diff);
    this.tell();
    return step;
  }

  /** Steps that can be taken back, the oldest first. */
  steps(): readonly Step[] {
    return this.past.steps();
  }

  private tell(): void {
    const { canUndo, canRedo } = this.past;
    this.now = { map: this.map, change: this.now.change + 1, canUndo, canRedo };
    for (const listener of this.listeners) listener();
  }
}
