import { queryOptions } from "@tanstack/react-query";
import { json } from "../api/client";
import type { Document, DocumentList, Reviewed } from "./forms";

/** Asks for what the node made of a study. */
export function documentsOf(study: string) {
  return queryOptions({
    queryKey: ["documents", study],
    queryFn: () => json<DocumentList>(`/api/v1/studies/${encodeURIComponent(study)}/documents`),
  });
}

/** Asks what people said about a result; while nothing can be read of it, nobody vouches for it. */
export function reviewOf(study: string) {
  return queryOptions({
    queryKey: ["reviewed", study],
    queryFn: () => json<Reviewed>(`/api/v1/studies/${encodeURIComponent(study)}/review`),
    retry: false,
  });
}

/** Where the bytes of a document are. */
export function addressOf(study: string, uid: string): string {
  return `/api/v1/studies/${encodeURIComponent(study)}/documents/${encodeURIComponent(uid)}`;
}

/** Whether a document is the one people read. */
export function isPage(document: Document): boolean {
  return document.kind === "document";
}

/** The newest version of the page that people read; nothing when there is none. */
export function newestPage(list: DocumentList | undefined): Document | undefined {
  return list?.documents
    .filter(isPage)
    .reduce<Document | undefined>((best, it) => (best && best.version > it.version ? best : it), undefined);
}
