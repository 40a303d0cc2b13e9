import { type Types, cache, utilities, volumeLoader } from "@cornerstonejs/core";
import { Offline, Problem } from "../api/problem";
import { Unreadable, exactly } from "./fetching";
import type { Grid } from "./grid";
import { type VolumeName, volumeAddress } from "./scene";

/** A volume of a timepoint. */
export interface Wanted {
  readonly timepoint: number;
  readonly name: VolumeName;
}

/** How far a volume is. */
export type Progress =
  | { readonly is: "waiting" }
  | { readonly is: "coming"; readonly share: number }
  | { readonly is: "ready"; readonly volumeId: string }
  | { readonly is: "failed"; readonly error: unknown };

const WAITING: Progress = { is: "waiting" };
/** How often a volume is asked for again while the node is away: about five minutes in all. */
const TRIES_MAX = 25;
const PAUSE_MAX_MS = 15_000;
/** Progress is told in steps of this share: each telling draws the screen. */
const STEP = 0.05;

const key = ({ timepoint, name }: Wanted) => `${timepoint}-${name}`;
const isMap = (name: VolumeName) => name === "labels" || name === "lesions" || name === "change";

/** The volumes of one scene: fetched in the order in which they are wanted, kept until the end. */
export class Volumes {
  #states = new Map<string, Progress>();
  #list: readonly Wanted[] = [];
  #queue: readonly Wanted[] = [];
  #busy = 0;
  #end = new AbortController();
  #listeners = new Set<() => void>();

  /** `session` tells the volumes of this screen from those of the one before. */
  constructor(
    private readonly study: string,
    private readonly grid: Grid,
    private readonly session: string,
  ) {}

  /** How far a volume is. */
  of(wanted: Wanted): Progress {
    return this.#states.get(key(wanted)) ?? WAITING;
  }

  /** Asks for volumes, most urgent first; what was wanted before and has not begun gives way. */
  want(list: readonly Wanted[]): void {
    this.#list = list;
    this.#queue = list.filter((wanted) => this.of(wanted).is === "waiting");
    this.#next();
  }

  /** Asks again for what failed. */
  again(): void {
    for (const [name, state] of this.#states) if (state.is === "failed") this.#states.delete(name);
    this.#tell();
    this.want(this.#list);
  }

  /** Calls back after each change. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Stops, and gives the memory back. */
  end(): void {
    this.#end.abort();
    this.#listeners.clear();
    this.#queue = [];
    this.#states.clear();
    cache.purgeCache();
    // What is known of each slice of each volume would otherwise stay for ever.
    utilities.genericMetadataProvider.clear();
  }

  /** One at a time, so that the first image does not share the line; then two. */
  #next(): void {
    const isFirstHere = [...this.#states.values()].some(({ is }) => is === "ready");
    while (!this.#end.signal.aborted && this.#busy < (isFirstHere ? 2 : 1)) {
      const [wanted, ...rest] = this.#queue;
      if (!wanted) return;
      this.#queue = rest;
      this.#busy += 1;
      void this.#load(wanted).finally(() => {
        this.#busy -= 1;
        this.#next();
      });
    }
  }

  async #load(wanted: Wanted): Promise<void> {
    this.#set(wanted, { is: "coming", share: 0 });
    for (let attempt = 1; ; attempt += 1) {
      try {
        const data = await this.#fetch(wanted);
        this.#end.signal.throwIfAborted();
        return this.#set(wanted, { is: "ready", volumeId: this.#keep(wanted, data) });
      } catch (error) {
        if (this.#end.signal.aborted) return;
        if (!isPassing(error) || attempt >= TRIES_MAX) return this.#set(wanted, { is: "failed", error });
        await pause(Math.min(500 * 2 ** attempt, PAUSE_MAX_MS), this.#end.signal);
      }
    }
  }

  #fetch(wanted: Wanted): Promise<ArrayBuffer> {
    const [i, j, k] = this.grid.size;
    const length = i * j * k * (isMap(wanted.name) ? 1 : 2);
    let told = 0;
    const tell = (come: number) => {
      if (come / length < told + STEP) return;
      told = come / length;
      this.#set(wanted, { is: "coming", share: told });
    };
    const address = volumeAddress(this.study, wanted.timepoint, wanted.name);
    return exactly(address, length, this.#end.signal, tell);
  }

  #keep(wanted: Wanted, data: ArrayBuffer): string {
    const volumeId = `${this.session}-${key(wanted)}`;
    const { size, spacing_mm, origin_lps_mm, direction } = this.grid;
    const scalarData = isMap(wanted.name) ? new Uint8Array(data) : new Int16Array(data);
    this.#makeRoom(data.byteLength);
    const volume = volumeLoader.createLocalVolume(volumeId, {
      scalarData,
      metadata: metadata(this.grid, isMap(wanted.name) ? 8 : 16),
      dimensions: [...size],
      spacing: [...spacing_mm],
      origin: [...origin_lps_mm],
      direction: direction.flat() as unknown as Types.Mat3,
    });
    // Only slices that are marked as changed are sent to the graphics card.
    volume.modified();
    return volumeId;
  }

  /** Lets go of volumes that nobody wants any more, if the memory set aside is full. */
  #makeRoom(bytes: number): void {
    const wanted = new Set(this.#list.map(key));
    for (const [name, state] of this.#states) {
      if (cache.isCacheable(bytes)) return;
      if (state.is !== "ready" || wanted.has(name)) continue;
      cache.removeVolumeLoadObject(state.volumeId);
      this.#states.delete(name);
    }
  }

  #set(wanted: Wanted, state: Progress): void {
    this.#states.set(key(wanted), state);
    this.#tell();
  }

  #tell(): void {
    this.#listeners.forEach((listener) => listener());
  }
}

/** Whether the same request may work a little later. */
function isPassing(error: unknown): boolean {
  if (error instanceof Problem) return error.remedy === "wait";
  return error instanceof Offline || (error instanceof TypeError && !(error instanceof Unreadable));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

function metadata(grid: Grid, bits: number): Types.Metadata {
  return {
    BitsAllocated: bits,
    BitsStored: bits,
    HighBit: bits - 1,
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    PixelRepresentation: bits === 16 ? 1 : 0,
    Modality: "MR",
    ImageOrientationPatient: [...grid.direction[0], ...grid.direction[1]],
    PixelSpacing: [grid.spacing_mm[1], grid.spacing_mm[0]],
    FrameOfReferenceUID: "scene",
    Columns: grid.size[0],
    Rows: grid.size[1],
    voiLut: [],
    VOILUTFunction: "LINEAR",
  };
}
