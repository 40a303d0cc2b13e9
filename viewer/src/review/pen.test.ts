import { beforeEach, expect, test, vi } from "vitest";
import { Offline, Problem } from "../api/problem";
import type { Packed, Writer } from "./asks";
import type { Review } from "./forms";
import { Outlines } from "./outlines";
import { Pen, REST_MS } from "./pen";
import type { Drawer, Unsent } from "./unsent";

const volumes = { et: 1, netc: 0, snfh: 0, rc: 0, tc: 1, wt: 1 };
const base: Review = {
  study: "1.2", state: "preliminary", version: 1, revision: 4, predecessor: null, pending: false, draft: null,
  measured: { volumes_cm3: volumes, lesions: [], before: { volumes_cm3: volumes } }, history: [], may: { review: true, sign: true },
};

/** A node that keeps revisions as the real one does. */
class Node implements Writer {
  revision = 4;
  calls: string[] = [];
  failures: Error[] = [];
  read = async () => this.shown();
  draft = async (revision: number, draft: { notes: string }) => this.step(revision, `draft ${draft.notes}`);
  labels = async (revision: number, pack: Packed) => this.step(revision, `labels ${new Uint8Array(pack.bytes).join("")}`);
  correct = async (revision: number, correction: { op: string }) => this.step(revision, correction.op);
  sign = async (revision: number, decision: string) => this.step(revision, `sign ${decision}`);
  shown = (): Review => ({ ...base, revision: this.revision });
  private async step(revision: number, what: string): Promise<Review> {
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure) throw failure;
    if (revision !== this.revision) throw new Problem(412, { detail: "somebody else" });
    this.calls.push(what);
    this.revision += 1;
    return this.shown();
  }
}

class Memory implements Drawer {
  kept: Unsent | undefined;
  put = async (unsent: Unsent) => { this.kept = unsent; };
  take = async () => this.kept;
  clear = async () => { this.kept = undefined; };
}

function desk() {
  const node = new Node();
  const memory = new Memory();
  const outlines = new Outlines(new Uint8Array(4));
  const pack = async (map: Uint8Array<ArrayBuffer>): Promise<Packed> => ({ bytes: map.slice().buffer, encoding: "identity" });
  const pen = new Pen(base, outlines, node, memory, pack);
  const stroke = (at: number) => {
    outlines.paint((change) => change.put(at, 3));
    if (outlines.end()) pen.drawn();
  };
  return { node, memory, outlines, pen, stroke };
}

beforeEach(() => void vi.useFakeTimers());

test("strokes rest a while and go out as one, upon the newest revision", async () => {
  const { node, pen, stroke, memory } = desk();
  stroke(0);
  stroke(1);
  expect(pen.seen().phase).toBe("edited");
  await vi.advanceTimersByTimeAsync(REST_MS + 10);
  expect(node.calls).toEqual(["labels 3300"]);
  expect(pen.seen()).toMatchObject({ phase: "saved", hasUnsentLabels: false });
  expect(memory.kept).toBeUndefined();
});

test("while the node is away edits are kept here, and sent again by itself", async () => {
  const { node, pen, stroke, memory } = desk();
  node.failures = [new Offline(), new Offline()];
  stroke(0);
  await vi.advanceTimersByTimeAsync(REST_MS + 10);
  expect(pen.seen().phase).toBe("away");
  expect(memory.kept?.packed?.bytes.byteLength).toBe(4);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(node.calls).toEqual(["labels 3000"]);
  expect(pen.isDirty).toBe(false);
});

test("a session that ended loses nothing", async () => {
  const { node, pen, memory } = desk();
  node.failures = [new Problem(401, {})];
  pen.write({ notes: "rim" });
  await vi.advanceTimersByTimeAsync(REST_MS + 10);
  expect(pen.seen().phase).toBe("signed-out");
  expect(memory.kept?.draft.notes).toBe("rim");
  await pen.flush();
  expect(node.calls).toEqual(["draft rim"]);
  expect(memory.kept).toBeUndefined();
});

test("when somebody was faster both are shown, and nothing is sent until one chooses", async () => {
  const { node, pen, stroke } = desk();
  node.revision = 9;
  stroke(0);
  await vi.advanceTimersByTimeAsync(REST_MS + 10);
  expect(pen.seen()).toMatchObject({ phase: "conflict", theirs: { revision: 9 } });
  stroke(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(node.calls).toEqual([]);
  await pen.keepMine();
  expect(node.calls).toEqual(["draft ", "labels 3300"]);
  expect(pen.seen().phase).toBe("saved");
});

test("an answer that was lost on the way is no collision with oneself", async () => {
  const { node, pen, stroke } = desk();
  const draft = { lesions: [], notes: "", diameters: [], by: "me", by_me: true, changed_ms: 0, edited: true };
  node.shown = () => ({ ...base, revision: node.revision, draft });
  node.failures = [new Offline()];
  stroke(0);
  await vi.advanceTimersByTimeAsync(REST_MS + 10);
  node.revision = 5;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(node.calls).toEqual(["labels 3000"]);
  expect(pen.seen()).toMatchObject({ phase: "saved", theirs: undefined });
});

test("theirs can be taken instead", async () => {
  const { node, pen, stroke } = desk();
  node.revision = 9;
  stroke(0);
  await vi.advanceTimersByTimeAsync(REST_MS + 10);
  pen.takeTheirs();
  expect(pen.seen()).toMatchObject({ phase: "saved", review: { revision: 9 }, theirs: undefined });
  expect(pen.isDirty).toBe(false);
});

test("a change that the rules forbid is no collision", async () => {
  const { node, pen } = desk();
  node.failures = [new Problem(409, { detail: "a result that is verified cannot be accepted" })];
  expect(await pen.sign("accept", "")).toBe(false);
  expect(pen.seen().phase).toBe("refused");
  expect(pen.seen().error?.message).toContain("cannot be accepted");
});

test("a signature goes out after the last stroke, and asks for a step-up without losing it", async () => {
  const { node, pen, stroke } = desk();
  stroke(2);
  node.failures = [];
  const first = pen.flush();
  node.sign = async () => { throw new Problem(401, { step_up: true }); };
  await expect(pen.sign("amend", "rim")).rejects.toThrow();
  await first;
  expect(node.calls).toEqual(["labels 0030"]);
  expect(pen.isDirty).toBe(false);
});

test("two changes at one time wait for each other", async () => {
  const { node, pen, stroke } = desk();
  const removing = pen.correct({ op: "remove", track: "t1" });
  stroke(3);
  await Promise.all([removing, pen.flush()]);
  expect(node.calls).toEqual(["labels 0003", "remove"]);
});

test("the outlines come back byte for byte by undo", () => {
  const { outlines, stroke } = desk();
  stroke(0);
  outlines.replace(new Uint8Array([1, 1, 1, 1]));
  outlines.undo();
  expect([...outlines.seen().map]).toEqual([3, 0, 0, 0]);
  outlines.undo();
  expect([...outlines.seen().map]).toEqual([0, 0, 0, 0]);
  outlines.redo();
  expect([...outlines.seen().map]).toEqual([3, 0, 0, 0]);
});
