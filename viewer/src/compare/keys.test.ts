// @vitest-environment jsdom
import { expect, test } from "vitest";
import { type Command, command, isTaken } from "./keys";

const NONE = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

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

test("arrows with Shift move the image", () => {
  expect(command({ key: "ArrowUp", code: "ArrowUp", ...NONE, shiftKey: true })).toEqual({ do: "pan", right: 0, down: -40 });
  check("+", "Equal", { do: "zoom", steps: 1 });
});

test("a key with control belongs to the browser", () => {
  expect(command({ key: "l", code: "KeyL", ...NONE, ctrlKey: true })).toBeUndefined();
});

/** A control of the page, made from its markup. */
function control(markup: string): Element | null {
  document.body.innerHTML = markup;
  return document.body.firstElementChild;
}

test("a control keeps the keys that it needs, and leaves the others to the images", () => {
  const taken = (key: string, markup: string) => isTaken({ key, code: "", ...NONE }, control(markup));
  expect(taken("m", "<input type=radio>")).toBe(false);
  expect(taken("ArrowUp", "<input type=radio>")).toBe(true);
  expect(taken("ArrowUp", "<button>x</button>")).toBe(false);
  expect(taken(" ", "<button>x</button>")).toBe(true);
  expect(taken("m", "<input type=text>")).toBe(true);
});
