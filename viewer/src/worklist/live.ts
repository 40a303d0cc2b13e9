import { useEffect, useRef, useState } from "react";
import type { Forms } from "../api/client";

/** How the stream of news stands. */
export type Live = "connecting" | "live" | "lost";

/** Attempts in a row before the page asks a person. */
const ATTEMPTS_MAX = 8;

/** The longest wait between two attempts, in milliseconds. */
const WAIT_MAX_MS = 60_000;

/** How long a stream must last to count as one that works, in milliseconds. */
const STEADY_MS = 5_000;

/** How long to wait before an attempt, in milliseconds. */
export function wait(attempt: number): number {
  return Math.min(1000 * 2 ** attempt, WAIT_MAX_MS);
}

/** The job that an event tells of; nothing when it is not one. */
export function jobOf(data: unknown): Forms["JobDto"] | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const found = JSON.parse(data) as Forms["JobDto"] | null;
    return typeof found?.patient === "string" && typeof found.stage === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Listens to what changes among the caller's jobs. A stream that breaks is opened again, later each
 * time, up to a limit; `again` begins anew. `onGap` is told when news may have been missed.
 */
export function useJobs(onJob: (job: Forms["JobDto"]) => void, onGap: () => void) {
  const [live, setLive] = useState<Live>("connecting");
  const [round, setRound] = useState(0);
  const told = useRef({ onJob, onGap });
  told.current = { onJob, onGap };
  useEffect(() => {
    let attempt = 0;
    let opened = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource | undefined;
    const open = () => {
      source = new EventSource("/api/v1/events");
      source.addEventListener("open", () => {
        if (opened > 0) told.current.onGap();
        opened = Date.now();
        setLive("live");
      });
      source.addEventListener("job", (event: MessageEvent<unknown>) => {
        const job = jobOf(event.data);
        if (job) told.current.onJob(job);
      });
      source.addEventListener("error", () => {
        source?.close();
        if (opened > 0 && Date.now() - opened > STEADY_MS) attempt = 0;
        if (attempt >= ATTEMPTS_MAX) return setLive("lost");
        setLive("connecting");
        timer = setTimeout(open, wait(attempt));
        attempt += 1;
      });
    };
    open();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, [round]);
  return { live, again: () => setRound((n) => n + 1) };
}
