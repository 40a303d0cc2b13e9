import { queryOptions } from "@tanstack/react-query";
import { type Forms, bytes, json, send } from "../api/client";
import type { StudySeries, Upload } from "./forms";

const at = (upload: string) => `/api/v1/uploads/${encodeURIComponent(upload)}`;
const of = (study: string) => `/api/v1/studies/${encodeURIComponent(study)}`;

/** What an upload holds. */
export const uploaded = (upload: string) =>
  queryOptions({
    queryKey: ["upload", upload],
    queryFn: () => json<Upload>(at(upload)),
  });

export const begin = () => json<{ upload: string }>("/api/v1/uploads", send("POST"));

export const discard = (upload: string) => bytes(at(upload), send("DELETE"));

export const giveRole = (upload: string, series: string, role: string | null) =>
  bytes(`${at(upload)}/series/${encodeURIComponent(series)}`, send("PUT", { role }));

export const start = (upload: string, model: string | null, isConfirmed: boolean) =>
  json<{ studies: string[] }>(`${at(upload)}/start`, send("POST", { model, same_patient_confirmed: isConfirmed }));

/** The series of a study and what is still needed. */
export const studySeries = (study: string) =>
  queryOptions({
    queryKey: ["study", study, "series"],
    queryFn: () => json<StudySeries>(`${of(study)}/series`),
  });

/** A study with its jobs. */
export const studyPage = (study: string) =>
  queryOptions({
    queryKey: ["study", study],
    queryFn: () => json<Forms["StudyPage"]>(of(study)),
  });

export const assignRole = (study: string, series: string, role: string | null) =>
  bytes(`${of(study)}/series/${encodeURIComponent(series)}`, send("PUT", { role }));

export const analyse = (study: string, model: string | null) =>
  bytes(`${of(study)}/analyse`, send("POST", { model }));

export const steer = (job: number, word: "release" | "retry" | "cancel") =>
  bytes(`/api/v1/jobs/${job}/${word}`, send("POST"));
