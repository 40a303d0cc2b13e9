// What was written before somebody had to sign in again. It lives as long as the tab.

const KEPT = "interval.emergency";

/** An emergency that is being written. */
export interface Draft {
  readonly reason: string;
  readonly minutes: string;
}

const EMPTY: Draft = { reason: "", minutes: "240" };

/** What was written before; empty when nothing was. */
export function kept(): Draft {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    if (typeof found !== "object" || found === null) return EMPTY;
    const { reason, minutes } = found as Partial<Record<keyof Draft, unknown>>;
    return typeof reason === "string" && typeof minutes === "string" ? { reason, minutes } : EMPTY;
  } catch {
    return EMPTY;
  }
}

/** Keeps it over the sign-in. */
export function keep(draft: Draft): void {
  sessionStorage.setItem(KEPT, JSON.stringify(draft));
}

/** Done with it. */
export function forget(): void {
  sessionStorage.removeItem(KEPT);
}
