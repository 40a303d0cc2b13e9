import { bytes } from "../api/client";
import { Offline, Problem } from "../api/problem";
import type { Received, Refused } from "./forms";
import type { Picked } from "./picked";

/** Files that are under way at one time. */
export const PARALLEL = 4;
/** Times that a file is tried while the node is away. */
const TRIES = 6;
/** The longest wait between two tries, in ms. */
const WAIT_MAX_MS = 15_000;
/** How often listeners hear of files, in ms: thousands of small ones pass within a minute. */
const TELL_MS = 120;

/** Where one file is. */
export interface Parcel {
  path: string;
  size: number;
  state: "waiting" | "sending" | "sent" | "refused" | "failed";
}

/** Where the whole upload is. `stopped` says why nothing moves. */
export interface Journey {
  parcels: readonly Parcel[];
  sent: number;
  sentBytes: number;
  allBytes: number;
  refused: readonly Refused[];
  state: "idle" | "moving" | "stopped" | "over";
  stopped: Error | undefined;
}

const IDLE: Journey = { parcels: [], sent: 0, sentBytes: 0, allBytes: 0, refused: [], state: "idle", stopped: undefined };

type Put = (upload: string, picked: Picked, signal: AbortSignal) => Promise<Received>;

/** Sends one file. */
const put: Put = async (upload, { path, file }, signal) => {
  const address = `/api/v1/uploads/${encodeURIComponent(upload)}/files?name=${encodeURIComponent(path)}`;
  const headers = { "Content-Type": "application/octet-stream" };
  const response = await bytes(address, { method: "PUT", body: file, headers, signal });
  return (await response.json()) as Received;
};

/** Carries files to the node one by one, a few at a time; waits while it is away. */
export class Courier {
  private journey = IDLE;
  private queue: number[] = [];
  private picked: Picked[] = [];
  private parcels: Parcel[] = [];
  private told = 0;
  private readonly listeners = new Set<() => void>();
  private readonly abort = new AbortController();

  constructor(
    readonly upload: string,
    private readonly send: Put = put,
    private readonly pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly seen = (): Journey => this.journey;

  /** Takes files and sets out; resolves when nothing moves any more. */
  async carry(picked: Picked[]): Promise<void> {
    this.picked = picked;
    this.parcels = picked.map(({ path, file }) => ({ path, size: file.size, state: "waiting" }));
    const allBytes = this.parcels.reduce((sum, parcel) => sum + parcel.size, 0);
    this.queue = this.parcels.map((_, n) => n);
    this.show({ ...IDLE, parcels: this.parcels, allBytes });
    await this.go();
  }

  /** Goes on where it stopped. */
  async go(): Promise<void> {
    this.show({ state: "moving", stopped: undefined });
    await Promise.all(Array.from({ length: PARALLEL }, () => this.work()));
    if (this.journey.state === "moving") this.show({ state: "over" });
  }

  /** Drops everything. */
  cancel(): void {
    this.queue = [];
    this.abort.abort();
  }

  private async work(): Promise<void> {
    while (this.journey.state === "moving") {
      const n = this.queue.shift();
      if (n === undefined) return;
      await this.deliver(n);
    }
  }

  private async deliver(n: number): Promise<void> {
    const picked = this.picked[n];
    if (!picked) return;
    for (let attempt = 1; ; attempt++) {
      this.mark(n, "sending");
      try {
        const received = await this.send(this.upload, picked, this.abort.signal);
        const isRefused = received.refused.some((one) => one.name === picked.path);
        this.show({ refused: merged(this.journey.refused, received.refused) });
        this.mark(n, isRefused ? "refused" : "sent");
        return;
      } catch (error) {
        if (this.abort.signal.aborted) return;
        const isAway = error instanceof Offline || (error instanceof Problem && error.remedy === "wait");
        if (isAway && attempt < TRIES) {
          this.mark(n, "waiting");
          await this.pause(Math.min(1000 * 2 ** attempt, WAIT_MAX_MS));
        } else {
          this.fail(n, picked, error as Error);
          return;
        }
      }
    }
  }

  /** A file that the node will never take is listed; anything else stops the journey. */
  private fail(n: number, picked: Picked, error: Error): void {
    if (error instanceof Problem && error.remedy === "none" && error.status !== 403) {
      this.show({ refused: merged(this.journey.refused, [{ name: picked.path, why: error.message }]) });
      this.mark(n, "refused");
      return;
    }
    this.queue.unshift(n);
    this.mark(n, "waiting");
    this.show({ state: "stopped", stopped: error });
  }

  private mark(n: number, state: Parcel["state"]): void {
    const parcel = this.parcels[n];
    if (!parcel) return;
    this.parcels[n] = { ...parcel, state };
    const isOver = state === "sent" || state === "refused";
    const { sent, sentBytes } = this.journey;
    this.show(isOver ? { sent: sent + 1, sentBytes: sentBytes + parcel.size } : {});
  }

  private show(part: Partial<Journey>): void {
    this.journey = { ...this.journey, ...part };
    const now = performance.now();
    if (!part.state && now - this.told < TELL_MS) return;
    this.told = now;
    for (const listener of this.listeners) listener();
  }
}

/** Both lists, each file once. */
function merged(known: readonly Refused[], more: readonly Refused[]): Refused[] {
  const names = new Set(known.map((one) => one.name));
  return [...known, ...more.filter((one) => !names.has(one.name))];
}
