import { expect, test } from "vitest";
import { type Wishes, spread } from "./wishes";

const form: Wishes = { patients: "", namedBy: "id", issuer: "", people: ["i#a", "i#b"], from: "", until: "" };

test("each patient is given to each person, and a patient named twice counts once", () => {
  const wishes = spread({ ...form, patients: "12\n 34 ;12\n\n" });
  expect(wishes.map((wish) => `${wish.patient_id} ${wish.person}`)).toEqual(["12 i#a", "12 i#b", "34 i#a", "34 i#b"]);
});

test("an assignment until a day holds until the last millisecond of that day", () => {
  const [wish] = spread({ ...form, patients: "1", from: "2026-03-01", until: "2026-03-01" });
  expect((wish?.until_ms ?? 0) - (wish?.from_ms ?? 0)).toBe(86_400_000 - 1);
});

test("a pseudonym is never sent as a hospital's id", () => {
  const [wish] = spread({ ...form, patients: "P0", namedBy: "pseudonym", issuer: "H" });
  expect(wish).toMatchObject({ patient: "P0", patient_id_issuer: "" });
  expect(wish).not.toHaveProperty("patient_id");
});

test("without patients or people there is nothing to make", () => {
  expect(spread(form)).toEqual([]);
  expect(spread({ ...form, patients: "1", people: [] })).toEqual([]);
});
