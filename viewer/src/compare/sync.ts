import { type Grid, type Point, middle, nearest } from "./grid";
import { AS_PROPOSED, type Window } from "./presets";

/** Where and how somebody looks into the grid. */
export interface Look {
  /** The voxel where the planes cross: each plane's slice is one of its indices. */
  readonly voxel: Point;
  /** The index in the middle of the screen: each plane takes the two that lie in it. */
  readonly centre: Point;
  /** 1 shows the whole grid. */
  readonly zoom: number;
  readonly window: Window;
}

export const ZOOM_MIN = 0.5;
export const ZOOM_MAX = 16;

/** The first look: the whole grid, at a voxel. */
export function firstLook(grid: Grid, voxel: Point | null): Look {
  return {
    voxel: nearest(grid, voxel ?? middle(grid)),
    centre: middle(grid),
    zoom: 1,
    window: AS_PROPOSED,
  };
}

/**
 * What each view shows. Linked views share one look, and cannot be apart by so much as a
 * slice; unlinked ones each have their own, and take the leader's when they are linked again.
 */
export class Looks {
  #shared: Look;
  #own = new Map<string, Look>();
  #linked = true;
  #listeners = new Set<() => void>();

  constructor(first: Look) {
    this.#shared = first;
  }

  get isLinked(): boolean {
    return this.#linked;
  }

  /** What a view shows. */
  of(view: string): Look {
    return this.#linked ? this.#shared : (this.#own.get(view) ?? this.#shared);
  }

  /** Changes what a view shows, and with it all that are linked. */
  change(view: string, change: Partial<Look>): void {
    const next = { ...this.of(view), ...change };
    if (this.#linked) this.#shared = next;
    else this.#own.set(view, next);
    this.#tell();
  }

  /** Links all views to what the leader shows, or lets each go its own way. */
  link(isLinked: boolean, leader: string): void {
    this.#shared = this.of(leader);
    this.#own.clear();
    this.#linked = isLinked;
    this.#tell();
  }

  /** Calls back after each change. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #tell(): void {
    this.#listeners.forEach((listener) => listener());
  }
}
