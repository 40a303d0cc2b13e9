// @vitest-environment jsdom
import { beforeEach, describe, expect, test } from "vitest";
import { told } from "./asks";
import type { Page, Row } from "./forms";
import { led } from "./keys";
import { jobOf, wait } from "./live";
import { VIEWS_MAX, keptViews, withView, withoutView } from "./views";

const job = {
  id: 1, study: "1.2", patient: "p1", revision: 1, state: "running", stage: "segment",
  failed_attempts: 0, reason: "", fault: "", released: false, changed_ms: 2000,
};
const row: Row = {
  patient: "p1", studies: 1, newest_study_date: "", last_arrival_ms: 0, state: "analysing",
  job: { ...job, stage: "identify", changed_ms: 1000 },
};
const page: Page = { total: 2, patients: [row, { ...row, patient: "p2", job: null }] };

describe("news of jobs", () => {
  test("news moves the row of its patient and no other", () => {
    const after = told(page, job);
    expect(after?.patients.map((it) => it.job?.stage)).toEqual(["segment", undefined]);
  });
  test("old news does not move a row back", () => {
    expect(told(page, { ...job, changed_ms: 500 })?.patients[0]?.job?.stage).toBe("identify");
  });
  test("news of somebody who is not on the page changes nothing", () => {
    expect(told(page, { ...job, patient: "p9" })).toBe(page);
  });
  test("what is not a job is no news", () => {
    expect([jobOf("{"), jobOf("null"), jobOf('{"patient":1}'), jobOf(3)]).toEqual([undefined, undefined, undefined, undefined]);
    expect(jobOf(JSON.stringify(job))?.stage).toBe("segment");
  });
  test("attempts wait longer each time, up to a minute", () => {
    expect([wait(0), wait(3), wait(20)]).toEqual([1000, 8000, 60_000]);
  });
});

describe("keys of the list", () => {
  test("j and k move by one and stop at the ends", () => {
    expect([led("j", -1, 3), led("j", 2, 3), led("k", 0, 3), led("ArrowUp", 2, 3)]).toEqual([0, 2, 0, 1]);
  });
  test("other keys and an empty list lead nowhere", () => {
    expect([led("x", 0, 3), led("j", -1, 0)]).toEqual([undefined, undefined]);
  });
});

describe("saved views", () => {
  beforeEach(() => localStorage.clear());
  test("a view is kept, replaced by its name, and taken away", () => {
    let views = withView([], { name: "Held", state: "held" });
    views = withView(views, { name: "Held", sort: "oldest" });
    expect(keptViews()).toEqual([{ name: "Held", sort: "oldest" }]);
    expect(withoutView(views, "Held")).toEqual([]);
  });
  test("there is a limit, and the oldest gives way", () => {
    const many = Array.from({ length: VIEWS_MAX + 3 }, (_, n) => ({ name: `${n}` }));
    const views = many.reduce(withView, [] as readonly { name: string }[]);
    expect(views).toHaveLength(VIEWS_MAX);
    expect(views[0]?.name).toBe("3");
  });
  test("what somebody else left there is not believed", () => {
    localStorage.setItem("interval.worklist.views", '[{"name":1},{"name":"a","state":2},"x",{"name":"ok"}]');
    expect(keptViews()).toEqual([{ name: "ok" }]);
    localStorage.setItem("interval.worklist.views", "{");
    expect(keptViews()).toEqual([]);
  });
});
