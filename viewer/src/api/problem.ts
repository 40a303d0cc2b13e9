import type { components } from "./schema";

/** What the node says when it does not do what was asked (RFC 9457). */
export type ProblemBody = components["schemas"]["Problem"];

/** What a refusal asks of the person in front of the screen. */
export type Remedy = "sign-in" | "step-up" | "reload" | "wait" | "none";

/** A refusal of the node, with a sentence for people. */
export class Problem extends Error {
  readonly status: number;
  readonly id: string;
  readonly remedy: Remedy;

  constructor(status: number, body: Partial<ProblemBody> | undefined) {
    super(body?.detail ?? "");
    this.name = "Problem";
    this.status = status;
    this.id = body?.id ?? "";
    this.remedy = remedy(status, body);
  }
}

function remedy(status: number, body: Partial<ProblemBody> | undefined): Remedy {
  if (body?.step_up) return "step-up";
  if (status === 401) return "sign-in";
  if (status === 409 || status === 412) return "reload";
  if (status === 429 || status >= 500) return "wait";
  return "none";
}

/** The node did not answer at all. */
export class Offline extends Error {
  constructor() {
    super("offline");
    this.name = "Offline";
  }
}
