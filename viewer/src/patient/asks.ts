import { queryOptions } from "@tanstack/react-query";
import { type Forms, json, node } from "../api/client";
import type { Timeline } from "./forms";

/** Asks for a patient: who it is, and by what right one looks. */
export function patientOf(patient: string) {
  return queryOptions({
    queryKey: ["patient", patient],
    queryFn: async (): Promise<Forms["PatientDto"]> => {
      const path = { patient };
      const answer = await node.GET("/api/v1/patients/{patient}", { params: { path } });
      return answer.data as Forms["PatientDto"];
    },
  });
}

/** Asks for everything that was measured of a patient through time. */
export function timelineOf(patient: string) {
  return queryOptions({
    queryKey: ["timeline", patient],
    queryFn: () => json<Timeline>(`/api/v1/patients/${encodeURIComponent(patient)}/timeline`),
  });
}

/** Asks for a study: whose it is, its jobs, and what was found. */
export function studyOf(study: string) {
  return queryOptions({
    queryKey: ["study", study],
    queryFn: async (): Promise<Forms["StudyPage"]> => {
      const path = { study };
      const answer = await node.GET("/api/v1/studies/{study}", { params: { path } });
      return answer.data as Forms["StudyPage"];
    },
  });
}
