// Named filters, kept in this browser. What was searched for is not kept: it may name a patient.

/** A filter with a name. */
export interface View {
  readonly name: string;
  readonly state?: string;
  readonly sort?: string;
}

/** Views that are kept; more would be no shorter than the filters themselves. */
export const VIEWS_MAX = 12;

/** Characters of a view's name. */
export const NAME_CHARS_MAX = 40;

const KEPT = "interval.worklist.views";

function isView(found: unknown): found is View {
  if (typeof found !== "object" || found === null) return false;
  const view = found as Record<string, unknown>;
  const optional = (value: unknown) => value === undefined || typeof value === "string";
  return typeof view.name === "string" && optional(view.state) && optional(view.sort);
}

/** The views of this browser. */
export function keptViews(): readonly View[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found.filter(isView).slice(0, VIEWS_MAX) : [];
  } catch {
    return [];
  }
}

function keep(views: readonly View[]): readonly View[] {
  localStorage.setItem(KEPT, JSON.stringify(views));
  return views;
}

/** Adds a view, or replaces the one of the same name; the oldest gives way. */
export function withView(views: readonly View[], view: View): readonly View[] {
  const others = views.filter((it) => it.name !== view.name);
  return keep([...others, view].slice(-VIEWS_MAX));
}

/** Without the view of a name. */
export function withoutView(views: readonly View[], name: string): readonly View[] {
  return keep(views.filter((it) => it.name !== name));
}
