/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;

/** A date of DICOM (YYYYMMDD) or of the node (YYYY-MM-DD) as YYYY-MM-DD; nothing when it is none. */
export function day(text: string | null | undefined): string | undefined {
  const found = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text ?? "");
  return found ? `${found[1]}-${found[2]}-${found[3]}` : undefined;
}

/** When a day began, in milliseconds since 1970; nothing when it is not a date. */
export function dayMs(text: string | null | undefined): number | undefined {
  const date = day(text);
  const at = date ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** A moment as date and time of this place. */
export function moment(at_ms: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(at_ms);
}

const STEPS = [
  ["year", 365 * DAY_MS],
  ["month", 30 * DAY_MS],
  ["day", DAY_MS],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** How long ago something was, in words of a language. */
export function age(at_ms: number, now_ms: number, language: string): string {
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const gone = now_ms - at_ms;
  for (const [unit, length] of STEPS) {
    if (Math.abs(gone) >= length) return words.format(-Math.floor(gone / length), unit);
  }
  return words.format(0, "minute");
}
