/** Voxels that changed: where, what they were, what they are. */
export interface Diff {
  at: Uint32Array;
  before: Uint8Array;
  after: Uint8Array;
}

/** Gathers a change while a stroke goes on; each voxel keeps what it was at first. */
export class Stroke {
  private readonly was = new Map<number, number>();

  constructor(private readonly map: Uint8Array) {}

  /** Changes one voxel. */
  put(at: number, label: number): void {
    const now = this.map[at];
    if (now === undefined || now === label) return;
    if (!this.was.has(at)) this.was.set(at, now);
    this.map[at] = label;
  }

  /** The whole change; nothing where everything is as it was. */
  end(): Diff | undefined {
    const changed = [...this.was].filter(([at, was]) => this.map[at] !== was);
    if (changed.length === 0) return undefined;
    return {
      at: Uint32Array.from(changed, ([at]) => at),
      before: Uint8Array.from(changed, ([, was]) => was),
      after: Uint8Array.from(changed, ([at]) => this.map[at] ?? 0),
    };
  }
}

/** What differs between two maps of one size; nothing where they are the same. */
export function between(before: Uint8Array, after: Uint8Array): Diff | undefined {
  const stroke = new Stroke(before.slice());
  for (let at = 0; at < after.length; at++) {
    if (before[at] !== after[at]) stroke.put(at, after[at] ?? 0);
  }
  return stroke.end();
}

/** Makes a change. */
export function apply(map: Uint8Array, { at, after }: Diff): void {
  at.forEach((place, n) => {
    map[place] = after[n] ?? 0;
  });
}

/** Takes a change back. */
export function revert(map: Uint8Array, { at, before }: Diff): void {
  at.forEach((place, n) => {
    map[place] = before[n] ?? 0;
  });
}
