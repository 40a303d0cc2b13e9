/** What a key asks for. */
export type Command =
  | { readonly do: "preset"; readonly number: number }
  | { readonly do: "scroll"; readonly slices: number }
  | { readonly do: "timepoint"; readonly step: -1 | 1 }
  | { readonly do: "zoom"; readonly steps: -1 | 1 }
  | { readonly do: "pan"; readonly right: number; readonly down: number }
  | { readonly do: "link" | "masks" | "outline" | "flicker" | "measure" | "forget" | "reset" | "help" };

/** A key as it was pressed. */
export interface Press {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** Letters by their place on the keyboard, so that they work while Hebrew is typed. */
const LETTERS: Readonly<Record<string, Command>> = {
  KeyL: { do: "link" },
  KeyM: { do: "masks" },
  KeyO: { do: "outline" },
  KeyD: { do: "measure" },
  KeyR: { do: "reset" },
};

const OTHERS: Readonly<Record<string, Command>> = {
  " ": { do: "flicker" },
  "?": { do: "help" },
  ArrowLeft: { do: "timepoint", step: -1 },
  ArrowRight: { do: "timepoint", step: 1 },
  ArrowUp: { do: "scroll", slices: 1 },
  ArrowDown: { do: "scroll", slices: -1 },
  PageUp: { do: "scroll", slices: 10 },
  PageDown: { do: "scroll", slices: -10 },
  "+": { do: "zoom", steps: 1 },
  "=": { do: "zoom", steps: 1 },
  "-": { do: "zoom", steps: -1 },
  Delete: { do: "forget" },
  Backspace: { do: "forget" },
};

/** Arrows with Shift move the image: pixels of the page. */
const PANS: Readonly<Record<string, Command>> = {
  ArrowLeft: { do: "pan", right: -40, down: 0 },
  ArrowRight: { do: "pan", right: 40, down: 0 },
  ArrowUp: { do: "pan", right: 0, down: -40 },
  ArrowDown: { do: "pan", right: 0, down: 40 },
};

/** The command of a key, if it has one. */
export function command(press: Press): Command | undefined {
  if (press.ctrlKey || press.metaKey || press.altKey) return undefined;
  if (/^[1-9]$/.test(press.key)) return { do: "preset", number: Number(press.key) };
  if (press.shiftKey && PANS[press.key]) return PANS[press.key];
  return OTHERS[press.key] ?? LETTERS[press.code];
}

/** Controls that take every key, and those that take only the keys that move them. */
const TYPED = "textarea, select, [contenteditable], [role=dialog], [role=application], input:not([type=checkbox], [type=radio], [type=range])";
const MOVED = "input[type=radio], input[type=range]";
const PRESSED = "button, a, summary, input[type=checkbox]";

/** Whether a key belongs to a control of the page and not to the images. */
export function isTaken(press: Press, target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest(TYPED)) return true;
  const moves = press.key === " " || press.key.startsWith("Arrow") || press.key.startsWith("Page");
  if (moves && target.closest(MOVED)) return true;
  return (press.key === " " || press.key === "Enter") && target.closest(PRESSED) !== null;
}
