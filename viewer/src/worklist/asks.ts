import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Forms, json } from "../api/client";
import type { WorklistSearch } from "../router";
import type { Page } from "./forms";

/** Patients on one page. */
export const PAGE = 25;

/** Asks for a page of the caller's patients. */
export function worklistOf(wish: WorklistSearch) {
  const query = new URLSearchParams();
  if (wish.search) query.set("search", wish.search);
  if (wish.state) query.set("state", wish.state);
  if (wish.sort) query.set("sort", wish.sort);
  query.set("offset", String(((wish.page ?? 1) - 1) * PAGE));
  query.set("limit", String(PAGE));
  return queryOptions({
    queryKey: ["worklist", query.toString()],
    queryFn: () => json<Page>(`/api/v1/patients?${query.toString()}`),
    placeholderData: keepPreviousData,
  });
}

/** The page with news of a job in the row that it belongs to. */
export function told(page: Page | undefined, job: Forms["JobDto"]): Page | undefined {
  if (!page?.patients.some((row) => row.patient === job.patient)) return page;
  const fresh = (row: Page["patients"][number]) => {
    const isNews = row.patient === job.patient && (row.job?.changed_ms ?? 0) <= job.changed_ms;
    return isNews ? { ...row, job } : row;
  };
  return { ...page, patients: page.patients.map(fresh) };
}
