import type { Forms } from "../api/client";

/** Assignments that are made in one go. */
export const WISHES_MAX = 200;

/** What the form holds. */
export interface Wishes {
  patients: string;
  namedBy: "id" | "pseudonym";
  issuer: string;
  people: readonly string[];
  from: string;
  until: string;
}

/** Midnight at the beginning of a day, here. */
function morning(date: string): Date | undefined {
  return date ? new Date(`${date}T00:00:00`) : undefined;
}

/** The end of a day, here: an assignment until a day holds on that day. */
function evening(date: string): number | undefined {
  const day = morning(date);
  if (!day) return undefined;
  day.setDate(day.getDate() + 1);
  return day.getTime() - 1;
}

/** One wish for each patient and person; a name that stands twice counts once. */
export function spread(wishes: Wishes): Forms["NewAssignment"][] {
  const names = wishes.patients.split(/[\n,;]/).map((name) => name.trim());
  const patients = [...new Set(names.filter(Boolean))];
  const from = morning(wishes.from)?.getTime() ?? null;
  const until = evening(wishes.until) ?? null;
  return patients.flatMap((patient) =>
    wishes.people.map((person) => ({
      person,
      from_ms: from,
      until_ms: until,
      patient_id_issuer: wishes.namedBy === "id" ? wishes.issuer.trim() : "",
      ...(wishes.namedBy === "id" ? { patient_id: patient } : { patient }),
    })),
  );
}
