import type { Forms } from "../api/client";

type LogRecord = Forms["RecordDto"];

/** Records that one request of a search asks for: the most that the node gives. */
const PAGE = 500;
/** Pages that one search reads; each is an event in the log itself. */
const PAGES_MAX = 20;
/** Records that one search shows. */
const FOUND_MAX = 200;

/** What a search found, and how far back it looked. */
export interface Found {
  records: LogRecord[];
  looked: number;
  place: number;
}

/** Whether a record holds a text in anything that is shown of it. */
export function holds(record: LogRecord, text: string): boolean {
  const { actor, action, resource, resource_id, patient, outcome, detail } = record;
  const shown = [actor, action, resource, resource_id, patient ?? "", outcome, detail].join(" ");
  return shown.toLowerCase().includes(text.trim().toLowerCase());
}

/** Searches the log from a place back to its beginning, within bounds; the newest come first. */
export async function searchBack(
  text: string,
  from: number,
  page: (from: number, limit: number) => Promise<Forms["AuditPage"]>,
): Promise<Found> {
  const found: LogRecord[] = [];
  let end = from + 1;
  for (let n = 0; n < PAGES_MAX && end > 0 && found.length < FOUND_MAX; n++) {
    const start = Math.max(0, end - PAGE);
    const { records } = await page(start, end - start);
    found.push(...records.filter((record) => holds(record, text)).toReversed());
    end = start;
  }
  return { records: found.slice(0, FOUND_MAX), looked: from + 1 - end, place: end };
}
