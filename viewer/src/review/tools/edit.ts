import type { Axis, Point } from "../../compare/grid";

/** A volume of labels: the first index runs fastest. */
export interface Labels {
  readonly size: Point;
  readonly values: Uint8Array;
}

/** What an edit changed: only the voxels that differ, each once. */
export interface Edit {
  readonly voxels: Uint32Array;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Where a voxel stands in the volume. */
export function voxelAt({ size }: Pick<Labels, "size">, i: number, j: number, k: number): number {
  return i + size[0] * (j + size[1] * k);
}

/** How far apart neighbours along an axis stand in the volume. */
export function strideOf({ size }: Pick<Labels, "size">, axis: Axis): number {
  return axis === 0 ? 1 : axis === 1 ? size[0] : size[0] * size[1];
}

/** Writes down what is changed while somebody paints, so that it can be undone as one. */
export class Recorder {
  #before = new Map<number, number>();

  constructor(private readonly labels: Labels) {}

  /** Gives a voxel a label. */
  set(voxel: number, label: number): void {
    const { values } = this.labels;
    const old = values[voxel];
    if (old === undefined || old === label) return;
    if (!this.#before.has(voxel)) this.#before.set(voxel, old);
    values[voxel] = label;
  }

  /** The edit so far; nothing if every voxel is again what it was. */
  edit(): Edit | undefined {
    const { values } = this.labels;
    const changed = [...this.#before].filter(([voxel, old]) => values[voxel] !== old);
    if (changed.length === 0) return undefined;
    return {
      voxels: Uint32Array.from(changed, ([voxel]) => voxel),
      before: Uint8Array.from(changed, ([, old]) => old),
      after: Uint8Array.from(changed, ([voxel]) => values[voxel] ?? 0),
    };
  }
}

/** Puts an edit into the labels, or takes it out again. */
export function put({ values }: Labels, edit: Edit, which: "before" | "after"): void {
  edit.voxels.forEach((voxel, at) => {
    values[voxel] = edit[which][at] ?? 0;
  });
}

/** The first and last slice that an edit touches along each axis: what must be drawn anew. */
export function touched({ size }: Pick<Labels, "size">, edit: Edit): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [0, 1, 2].map(() => [Infinity, -Infinity]);
  for (const voxel of edit.voxels) {
    const place = [voxel % size[0], Math.floor(voxel / size[0]) % size[1], Math.floor(voxel / (size[0] * size[1]))];
    ranges.forEach((range, axis) => {
      range[0] = Math.min(range[0], place[axis] ?? 0);
      range[1] = Math.max(range[1], place[axis] ?? 0);
    });
  }
  return ranges;
}
