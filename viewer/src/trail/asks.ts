import { queryOptions } from "@tanstack/react-query";
import { json } from "../api/client";
import type { TrailForm } from "./forms";

/** Asks how the result of a study was made. */
export function trailOf(study: string) {
  return queryOptions({
    queryKey: ["trail", study],
    queryFn: () => json<TrailForm>(`/api/v1/studies/${encodeURIComponent(study)}/trail`),
  });
}
