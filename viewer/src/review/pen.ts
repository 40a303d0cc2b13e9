import { Offline, Problem } from "../api/problem";
import { type Packed, type Writer, packed } from "./asks";
import type { Correction, Decision, Draft, Review } from "./forms";
import type { Outlines } from "./outlines";
import type { Drawer } from "./unsent";

/** How long strokes rest before they are sent, in ms. */
export const REST_MS = 1_200;
/** The longest wait between two tries while the node is away, in ms. */
const WAIT_MAX_MS = 15_000;

/** Where the work is: with the node, on its way, or here. */
export type Phase = "saved" | "edited" | "saving" | "away" | "signed-out" | "conflict" | "refused";

/** What is known of the review. `theirs` is what somebody faster left. */
export interface Written {
  review: Review;
  draft: Draft;
  phase: Phase;
  hasUnsentLabels: boolean;
  theirs: Review | undefined;
  error: Error | undefined;
}

/** The part of a draft that is ours to change. */
export function draftOf(review: Review): Draft {
  const { lesions = [], notes = "", diameters = [] } = review.draft ?? {};
  const ends = diameters.map(({ track, long_ends_lps_mm, short_ends_lps_mm }) => ({ track, long_ends_lps_mm, short_ends_lps_mm }));
  return { lesions, notes, diameters: ends };
}

type Timer = ReturnType<typeof setTimeout>;

/** Writes a review: one change at a time, each on the newest revision; what cannot be sent is kept
 * here and sent later, and nothing of anybody is overwritten without a word. */
export class Pen {
  private now: Written;
  private readonly listeners = new Set<() => void>();
  private timer: Timer | undefined;
  private line: Promise<unknown> = Promise.resolve();
  private hasDraft = false;
  private edits = 0;
  private sent = 0;
  private tries = 0;
  /** Label maps that the node has taken: each is a step of its draft. */
  saves = 0;

  constructor(
    review: Review,
    private readonly outlines: Outlines,
    private readonly node: Writer,
    private readonly drawer: Drawer,
    private readonly pack: (map: Uint8Array<ArrayBuffer>) => Promise<Packed> = packed,
  ) {
    this.now = { review, draft: draftOf(review), phase: "saved", hasUnsentLabels: false, theirs: undefined, error: undefined };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly seen = (): Written => this.now;

  /** Whether something is here that the node does not have. */
  get isDirty(): boolean {
    return this.hasDraft || this.edits !== this.sent;
  }

  /** Takes a changed draft. */
  write(part: Partial<Draft>): void {
    this.hasDraft = true;
    this.show({ draft: { ...this.now.draft, ...part } });
    this.rest();
  }

  /** Takes note that the outlines changed. */
  drawn(): void {
    this.edits += 1;
    this.show({});
    this.rest();
  }

  /** Sends at once what is here; resolves when it is there or cannot be sent now. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    return this.inLine(() => this.send());
  }

  /** Has the node correct the outlines; the caller fetches them again. */
  async correct(correction: Correction): Promise<boolean> {
    return this.alone(() => this.node.correct(this.now.review.revision, correction));
  }

  /** Signs. A missing step-up is thrown: the work is with the node by then. */
  async sign(decision: Decision, reason: string): Promise<boolean> {
    return this.alone(() => this.node.sign(this.now.review.revision, decision, reason));
  }

  /** Asks how the review stands, where there is nothing of ours to send. */
  async look(): Promise<void> {
    await this.inLine(async () => {
      if (this.isDirty) return;
      const review = await this.node.read();
      this.show({ review, draft: draftOf(review) });
    }).catch(() => undefined);
  }

  /** Goes on from what somebody else left; gives up nothing: our outlines can be fetched by undo. */
  takeTheirs(): void {
    const { theirs } = this.now;
    if (!theirs) return;
    this.hasDraft = false;
    this.sent = this.edits;
    void this.drawer.clear();
    this.show({ review: theirs, draft: draftOf(theirs), theirs: undefined, phase: "saved", error: undefined });
  }

  /** Puts ours as a new draft upon what somebody else left. */
  async keepMine(): Promise<boolean> {
    const { theirs } = this.now;
    if (!theirs) return false;
    this.hasDraft = true;
    this.edits += 1;
    this.show({ review: theirs, theirs: undefined, phase: "edited", error: undefined });
    return this.flush();
  }

  /** Takes up work that was kept when the page was left. */
  resume(draft: Draft, hasLabels: boolean): void {
    this.hasDraft = true;
    if (hasLabels) this.edits += 1;
    this.show({ draft, phase: "edited" });
    this.rest();
  }

  /** Shows that somebody was faster while we were away. */
  contest(theirs: Review): void {
    this.show({ theirs, phase: "conflict" });
  }

  /** Stops waiting. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private rest(): void {
    if (this.now.phase === "conflict") return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), REST_MS);
  }

  /** Waits for whatever is under way: two changes at one time would collide with each other. */
  private inLine<T>(change: () => Promise<T>): Promise<T> {
    const next = this.line.then(change);
    this.line = next.catch(() => undefined);
    return next;
  }

  /** Sends until nothing is left; says whether that came about. */
  private async send(): Promise<boolean> {
    while (this.isDirty && this.now.phase !== "conflict") {
      this.show({ phase: "saving", error: undefined });
      try {
        if (this.hasDraft) await this.sendDraft();
        if (this.edits !== this.sent) await this.sendLabels();
        this.tries = 0;
      } catch (error) {
        await this.fail(error as Error);
        return false;
      }
      if (!this.isDirty) await this.drawer.clear();
    }
    const isStuck = this.now.phase === "conflict" || this.now.phase === "refused";
    if (!isStuck) this.show({ phase: "saved" });
    return this.now.phase !== "conflict";
  }

  private async sendDraft(): Promise<void> {
    const { draft, review } = this.now;
    await this.keep(undefined);
    const answer = await this.node.draft(review.revision, draft);
    if (this.now.draft === draft) this.hasDraft = false;
    this.show({ review: answer });
  }

  private async sendLabels(): Promise<void> {
    const mark = this.edits;
    const pack = await this.pack(this.outlines.seen().map);
    await this.keep(pack);
    const answer = await this.node.labels(this.now.review.revision, pack);
    this.saves += 1;
    this.sent = mark;
    this.show({ review: answer });
  }

  private async keep(pack: Packed | undefined): Promise<void> {
    const hasLabels = this.edits !== this.sent;
    const kept = pack ?? (hasLabels ? await this.pack(this.outlines.seen().map) : undefined);
    const { review, draft } = this.now;
    await this.drawer.put({ revision: review.revision, packed: kept, draft, kept_ms: Date.now() });
  }

  /** One change that has to wait for those before it. */
  private alone(change: () => Promise<Review>): Promise<boolean> {
    return this.inLine(async () => {
      if (!(await this.send())) return false;
      this.show({ phase: "saving", error: undefined });
      try {
        const review = await change();
        // What was written in the meantime is newer than the answer.
        const draft = this.hasDraft ? this.now.draft : draftOf(review);
        this.show({ review, draft, phase: "saved" });
        return true;
      } catch (error) {
        if (error instanceof Problem && error.remedy === "step-up") {
          this.show({ phase: "saved" });
          throw error;
        }
        await this.fail(error as Error);
        return false;
      }
    });
  }

  private async fail(error: Error): Promise<void> {
    const remedy = error instanceof Offline ? "wait" : error instanceof Problem ? error.remedy : "none";
    if (remedy === "wait") {
      this.show({ phase: "away" });
      this.tries += 1;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.flush(), Math.min(1_000 * 2 ** this.tries, WAIT_MAX_MS));
    } else if (remedy === "sign-in" || remedy === "step-up") {
      this.show({ phase: "signed-out" });
    } else if (remedy === "reload") {
      await this.collide(error);
    } else {
      this.show({ phase: "refused", error });
    }
  }

  /** Somebody was faster, or the rules forbid it: the newest revision tells which. */
  private async collide(error: Error): Promise<void> {
    try {
      const theirs = await this.node.read();
      const { revision } = this.now.review;
      // The answer to a change of ours was lost on the way, and the change was not.
      if (this.tries > 0 && theirs.draft?.by_me && theirs.revision === revision + 1) {
        this.tries = 0;
        this.show({ review: theirs, phase: "edited" });
        this.rest();
        return;
      }
      const isSame = theirs.revision === revision;
      this.show(isSame ? { phase: "refused", error } : { phase: "conflict", theirs });
    } catch (failure) {
      await this.fail(failure as Error);
    }
  }

  private show(part: Partial<Written>): void {
    this.now = { ...this.now, ...part, hasUnsentLabels: this.edits !== this.sent };
    if (this.now.phase === "saved" && this.isDirty) this.now = { ...this.now, phase: "edited" };
    for (const listener of this.listeners) listener();
  }
}
