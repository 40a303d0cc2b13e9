import { queryOptions } from "@tanstack/react-query";
import { bytes, json } from "../api/client";
import type { Correction, Decision, Draft, Review, Scene } from "./forms";

const of = (study: string) => `/api/v1/studies/${encodeURIComponent(study)}`;

export const scene = (study: string) =>
  queryOptions({
    queryKey: ["study", study, "scene"],
    queryFn: () => json<Scene>(`${of(study)}/scene`),
    staleTime: Infinity,
  });

/** The review as it stands now. */
export const readReview = (study: string) => json<Review>(`${of(study)}/review`);

/** The outlines of the draft, or of the result where there is none. */
export async function readLabels(study: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await bytes(`${of(study)}/review/labels`)).arrayBuffer());
}

/** An image in the scene's grid. */
export const channel = (study: string, timepoint: number, name: string) =>
  queryOptions({
    queryKey: ["study", study, "scene", timepoint, name],
    queryFn: async () => {
      const address = `${of(study)}/scene/${timepoint}/${encodeURIComponent(name)}`;
      return new Int16Array(await (await bytes(address)).arrayBuffer());
    },
    staleTime: Infinity,
    gcTime: 60_000,
  });

const match = (revision: number) => ({ "If-Match": `"${revision}"` });

async function change(method: "PUT" | "POST", address: string, revision: number, body: unknown): Promise<Review> {
  const headers = { "Content-Type": "application/json", ...match(revision) };
  return json<Review>(address, { method, headers, body: JSON.stringify(body) });
}

/** What the node is asked to change; each names the revision that it was seen at. */
export interface Writer {
  read: () => Promise<Review>;
  draft: (revision: number, draft: Draft) => Promise<Review>;
  labels: (revision: number, packed: Packed) => Promise<Review>;
  correct: (revision: number, correction: Correction) => Promise<Review>;
  sign: (revision: number, decision: Decision, reason: string) => Promise<Review>;
}

/** Outlines, packed where the browser can. */
export interface Packed {
  bytes: ArrayBuffer;
  encoding: "gzip" | "identity";
}

/** The writer of a study's review. */
export function writer(study: string): Writer {
  const at = `${of(study)}/review`;
  return {
    read: () => readReview(study),
    draft: (revision, draft) => change("PUT", `${at}/draft`, revision, draft),
    correct: (revision, correction) => change("POST", `${at}/correct`, revision, correction),
    sign: (revision, decision, reason) => change("POST", `${at}/sign`, revision, { decision, reason }),
    labels: (revision, packed) => {
      const encoding = packed.encoding === "gzip" ? { "Content-Encoding": "gzip" } : {};
      const headers = { "Content-Type": "application/octet-stream", ...encoding, ...match(revision) };
      return json<Review>(`${at}/labels`, { method: "PUT", headers, body: packed.bytes });
    },
  };
}

/** Packs outlines: a map is mostly nothing. */
export async function packed(map: Uint8Array<ArrayBuffer>): Promise<Packed> {
  if (typeof CompressionStream === "undefined") return { bytes: map.slice().buffer, encoding: "identity" };
  const stream = new Blob([map]).stream().pipeThrough(new CompressionStream("gzip"));
  return { bytes: await new Response(stream).arrayBuffer(), encoding: "gzip" };
}

/** The outlines of a pack. */
export async function unpacked({ bytes: inside, encoding }: Packed): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding === "identity") return new Uint8Array(inside);
  const stream = new Blob([inside]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
