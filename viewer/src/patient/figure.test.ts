// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { age, day, dayMs } from "./date";
import { bytesShown, changeCm3, cm3, percent, plain } from "./figure";
import { written } from "./PersonName";

describe("numbers as they are written", () => {
  test("small volumes have more digits, and what is missing is a dash", () => {
    expect([cm3(0.126), cm3(12.34), cm3(123.4), cm3(null)]).toEqual(["0.13 cm³", "12.3 cm³", "123 cm³", "–"]);
  });
  test("a change always says its sign, with a true minus", () => {
    expect([changeCm3(1.5), changeCm3(-1.5), percent(-20.2)]).toEqual(["+1.50 cm³", "\u22121.50 cm³", "\u221220 %"]);
  });
  test("nothing is rounded into a minus zero of another number", () => expect(plain(0)).toBe("0.00"));
  test("files are counted in thousands", () => expect([bytesShown(999), bytesShown(48_211)]).toEqual(["999 B", "48.2 kB"]));
});

describe("dates and names", () => {
  test("both forms of a date are read, and anything else is none", () => {
    expect([day("20240131"), day("2024-01-31"), day(""), day("31.1.2024")]).toEqual(["2024-01-31", "2024-01-31", undefined, undefined]);
    expect(dayMs("2024-13-41")).toBeUndefined();
  });
  test("how long ago is said in the reader's language", () => {
    const now = Date.UTC(2024, 0, 31);
    expect(age(now - 3 * 86_400_000, now, "en")).toBe("3 days ago");
    expect(age(now - 3 * 3_600_000, now, "he")).toBe("לפני 3 שעות");
  });
  test("a DICOM name is written family first, in the first script that has one", () => {
    expect(written("Levi^Dana^Ruth")).toBe("Levi, Dana Ruth");
    expect(written("=כהן^אברהם=")).toBe("כהן, אברהם");
    expect(written("<b>Bold</b>^Test")).toBe("<b>Bold</b>, Test");
    expect(written("")).toBe("");
  });
});
