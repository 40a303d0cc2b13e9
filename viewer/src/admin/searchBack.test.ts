import { expect, test, vi } from "vitest";
import type { Forms } from "../api/client";
import { searchBack } from "./searchBack";

const record = (place: number): Forms["RecordDto"] => ({
  place, readable: true, at_ms: 0, actor: `person ${place % 300}`, action: "read", resource: "study",
  resource_id: "", outcome: "success", detail: "none",
});
const page = (from: number, limit: number) =>
  Promise.resolve({ total: 1e6, records: Array.from({ length: limit }, (_, n) => record(from + n)) });

test("a search goes back to the beginning and shows the newest first", async () => {
  const found = await searchBack("PERSON 7", 999, (from, limit) => page(from, limit));
  expect(found.place).toBe(0);
  expect(found.looked).toBe(1000);
  const exact = found.records.filter((one) => one.actor === "person 7").map((one) => one.place);
  expect(exact).toEqual([907, 607, 307, 7]);
});

test("a search has an end, and says how far it came", async () => {
  const asked = vi.fn(page);
  const found = await searchBack("nobody", 99_999, asked);
  expect(asked).toHaveBeenCalledTimes(20);
  expect(found).toMatchObject({ records: [], looked: 10_000, place: 90_000 });
});

test("no more than two hundred are shown", async () => {
  expect((await searchBack("read", 99_999, page)).records).toHaveLength(200);
});
