import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { readLabels, unpacked, writer } from "./asks";
import type { Correction, Decision, Review } from "./forms";
import { Outlines } from "./outlines";
import { Pen } from "./pen";
import { type Drawer, drawer } from "./unsent";

/** Everything that one review is done with. */
export interface Tools {
  outlines: Outlines;
  pen: Pen;
  study: string;
  wasRestored: boolean;
}

/** Opens the desk for a review; takes up what was not sent before. */
export async function openDesk(study: string, person: string, review: Review): Promise<Tools> {
  const place: Drawer = drawer(person, study);
  const outlines = new Outlines(await readLabels(study));
  const pen = new Pen(review, outlines, writer(study), place);
  const unsent = review.may.review ? await place.take() : undefined;
  if (!unsent) return { outlines, pen, study, wasRestored: false };
  if (unsent.packed) {
    const map = await unpacked(unsent.packed);
    if (map.length === outlines.seen().map.length) outlines.replace(map);
  }
  pen.resume(unsent.draft, unsent.packed !== undefined);
  // What one did oneself in the meantime is a step below, and comes back with undo.
  if (unsent.revision !== review.revision && !review.draft?.by_me) pen.contest(review);
  return { outlines, pen, study, wasRestored: true };
}

/** The review as it is now, and what is done to it. */
export type Sitting = ReturnType<typeof useDesk>;

/** The review as it is now, and what is done to it. */
export function useDesk(tools: Tools) {
  const { pen } = tools;
  const written = useSyncExternalStore(pen.subscribe, pen.seen);
  const [isBusy, setBusy] = useState(false);
  useGuard(pen);
  usePending(pen, written.review.pending);
  return useMemo(() => {
    /** One thing at a time: outlines rest while the node changes them. */
    const alone = async (work: () => Promise<void>) => {
      if (isBusy) return;
      setBusy(true);
      try {
        await work();
      } finally {
        setBusy(false);
      }
    };
    return {
      written,
      isBusy,
      correct: (correction: Correction) => alone(() => corrected(tools, correction)),
      undo: () => alone(() => undone(tools)),
      redo: () => alone(() => redone(tools)),
      sign: (decision: Decision, reason: string) =>
        alone(async () => {
          await pen.sign(decision, reason);
        }),
      takeTheirs: () =>
        alone(async () => {
          tools.outlines.replace(await readLabels(tools.study));
          pen.takeTheirs();
        }),
    };
  }, [tools, pen, written, isBusy]);
}

/** Has the node correct the outlines, and follows it. */
async function corrected({ outlines, pen, study }: Tools, correction: Correction): Promise<void> {
  if (!(await pen.correct(correction))) return;
  outlines.follow(await readLabels(study), { kind: "node", saves: pen.saves });
}

async function undone({ outlines, pen, study }: Tools): Promise<void> {
  const step = outlines.undo();
  if (step?.kind === "voxels") pen.drawn();
  if (step?.kind !== "node") return;
  // Label maps that were sent since the correction are steps of the node's draft too.
  const count = pen.saves - step.saves + 1;
  for (let n = 0; n < count; n++) if (!(await pen.correct({ op: "undo" }))) return;
  outlines.follow(await readLabels(study));
}

async function redone({ outlines, pen, study }: Tools): Promise<void> {
  const step = outlines.redo();
  if (step?.kind === "voxels") pen.drawn();
  if (step?.kind !== "node" || !(await pen.correct({ op: "redo" }))) return;
  step.saves = pen.saves;
  outlines.follow(await readLabels(study));
}

/** How often it is asked whether the objects of a signature are written, in ms. */
const PENDING_MS = 4_000;

/** Looks until the objects of a signature are written. */
function usePending(pen: Pen, isPending: boolean): void {
  useEffect(() => {
    if (!isPending) return;
    const timer = setInterval(() => void pen.look(), PENDING_MS);
    return () => clearInterval(timer);
  }, [pen, isPending]);
}

/** Asks before the page is left with something unsent, and sends again when the node may be back. */
function useGuard(pen: Pen): void {
  useEffect(() => {
    const stay = (event: BeforeUnloadEvent) => {
      // Whoever leaves to sign in again finds it here afterwards.
      if (pen.isDirty && pen.seen().phase !== "signed-out") event.preventDefault();
    };
    const again = () => {
      const { phase } = pen.seen();
      if (phase === "away" || phase === "signed-out") void pen.flush();
    };
    addEventListener("beforeunload", stay);
    addEventListener("focus", again);
    addEventListener("online", again);
    return () => {
      removeEventListener("beforeunload", stay);
      removeEventListener("focus", again);
      removeEventListener("online", again);
      // Whoever goes to another screen leaves nothing behind.
      if (pen.isDirty) void pen.flush();
      pen.stop();
    };
  }, [pen]);
}
