import { type RefObject, useEffect } from "react";

/** Whether somebody is writing, or a dialog stands open: then keys are not ours. */
function isTaken(target: EventTarget | null): boolean {
  if (document.querySelector("[role=dialog]")) return true;
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

/** Where a key leads in a list, from a place in it (-1: none yet); nothing for other keys. */
export function led(key: string, from: number, count: number): number | undefined {
  if (count === 0) return undefined;
  if (key === "j" || key === "ArrowDown") return Math.min(count - 1, from + 1);
  if (key === "k" || key === "ArrowUp") return Math.max(0, from - 1);
  return undefined;
}

/** j, k and the arrows move along the names of the list; / goes to the search. */
export function useListKeys(list: RefObject<HTMLElement | null>, search: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event.target)) return;
      if (event.key === "/") {
        event.preventDefault();
        search.current?.focus();
        return;
      }
      const names = [...(list.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
      const from = names.findIndex((name) => name.closest("tr")?.contains(document.activeElement));
      const next = led(event.key, from, names.length);
      if (next === undefined) return;
      event.preventDefault();
      names[next]?.focus();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [list, search]);
}
