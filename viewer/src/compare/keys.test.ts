import { expect, test } from "vitest";
import { type Command, command } from "./keys";

const NONE = { ctrlKey: false, metaKey: false, altKey: false };

function check(key: string, code: string, expected: Command | undefined) {
  expect(command({ key, code, ...NONE })).toEqual(expected);
}

test("the keys of the reading room", () => {
  check("3", "Digit3", { do: "preset", number: 3 });
  check("l", "KeyL", { do: "link" });
  check(" ", "Space", { do: "flicker" });
  check("ArrowRight", "ArrowRight", { do: "timepoint", step: 1 });
  check("x", "KeyX", undefined);
});

test("the letters work while Hebrew is typed", () => {
  check("צ", "KeyM", { do: "masks" });
  check("ם", "KeyO", { do: "outline" });
});

test("a key with control belongs to the browser", () => {
  expect(command({ key: "l", code: "KeyL", ...NONE, ctrlKey: true })).toBeUndefined();
});
