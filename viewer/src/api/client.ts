import createClient, { type Middleware } from "openapi-fetch";
import { Offline, Problem } from "./problem";
import type { components, paths } from "./schema";

/** The forms of the node's answers, by name. */
export type Forms = components["schemas"];

/** Told when the node no longer knows who is asking. */
type Listener = () => void;

const listeners = new Set<Listener>();

/** Calls back each time a request was refused because nobody is signed in. */
export function onSignedOut(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Turns a refusal into an error with the node's own sentence. */
async function refusal(response: Response): Promise<Problem> {
  const body = await response.json().catch(() => undefined);
  const problem = new Problem(response.status, body);
  if (problem.remedy === "sign-in") listeners.forEach((listener) => listener());
  return problem;
}

/** Tells the node that a request came from a page of its own. */
const MARK = { "X-Interval-Request": "1" };

const outcome: Middleware = {
  async onResponse({ response }) {
    if (!response.ok && response.status !== 304) throw await refusal(response);
    return undefined;
  },
  onError() {
    return new Offline();
  },
};

/** The typed client: refusals are thrown. */
export const node = createClient<paths>({ baseUrl: "/", credentials: "same-origin", headers: MARK });
node.use(outcome);

/** Asks for bytes, or sends some; refusals are thrown. */
export async function bytes(address: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    const headers = { ...MARK, ...Object.fromEntries(new Headers(init.headers)) };
    response = await fetch(address, { credentials: "same-origin", ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Offline();
  }
  if (!response.ok && response.status !== 304) throw await refusal(response);
  return response;
}

/** Asks for JSON at an address that the description does not hold yet. */
export async function json<T>(address: string, init: RequestInit = {}): Promise<T> {
  const response = await bytes(address, init);
  return (await response.json()) as T;
}

/** Sends JSON. */
export function send(method: "POST" | "PUT" | "DELETE", body?: unknown): RequestInit {
  if (body === undefined) return { method };
  return { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** Leaves for the sign-in page, to come back to where we are. */
export function signIn(step: "sign-in" | "step-up" = "sign-in"): void {
  const here = location.pathname + location.search;
  const up = step === "step-up" ? "&step_up=1" : "";
  location.assign(`/auth/login?return_to=${encodeURIComponent(here)}${up}`);
}
