import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Forms, json, node, send } from "../api/client";
import type { DeliveryPage, Echo, LogVerdict, Model, Overview, Peer, Rehearsal, Rule } from "./forms";

/** How often a screen of what is going on asks again, in ms. */
const LOOK_MS = 5_000;

/** Assignments that one request asks for: the most that the node gives. */
export const ASSIGNMENTS = 1_000;

/** Jobs, or deliveries, that one request asks for: the most that the node gives. */
export const JOBS = 200;

export const overview = queryOptions({
  queryKey: ["admin", "overview"],
  queryFn: () => json<Overview>("/api/v1/admin/overview"),
  refetchInterval: LOOK_MS,
});

/** A page of assignments. */
export const assignments = (offset: number) =>
  queryOptions({
    queryKey: ["admin", "assignments", offset],
    queryFn: () =>
      json<Forms["AssignmentPage"]>(`/api/v1/assignments?offset=${offset}&limit=${ASSIGNMENTS}`),
  });

export const users = queryOptions({
  queryKey: ["admin", "users"],
  queryFn: async () => (await json<Forms["Everybody"]>("/api/v1/users")).users,
});

export const emergencies = queryOptions({
  queryKey: ["admin", "emergencies"],
  queryFn: async () => (await json<Forms["Cases"]>("/api/v1/break-glass/pending")).cases,
});

export const peers = queryOptions({
  queryKey: ["admin", "peers"],
  queryFn: async () => (await json<{ peers: Peer[] }>("/api/v1/admin/peers")).peers,
});

export const rules = queryOptions({
  queryKey: ["admin", "rules"],
  queryFn: async () => (await json<{ rules: Rule[] }>("/api/v1/admin/rules")).rules,
});

export const models = queryOptions({
  queryKey: ["models"],
  queryFn: async () => (await json<{ models: Model[] }>("/api/v1/models")).models,
});

/** A page of jobs, looked at again and again. */
export const jobs = (offset: number) =>
  queryOptions({
    queryKey: ["admin", "jobs", offset],
    queryFn: async () =>
      (await json<Forms["JobPage"]>(`/api/v1/jobs?offset=${offset}&limit=${JOBS}`)).jobs,
    refetchInterval: LOOK_MS,
  });

/** A page of deliveries in one state, or in any. */
export const deliveries = (state: string, offset: number) =>
  queryOptions({
    queryKey: ["admin", "deliveries", state, offset],
    queryFn: () => {
      const which = state ? `state=${encodeURIComponent(state)}&` : "";
      return json<DeliveryPage>(`/api/v1/admin/deliveries?${which}offset=${offset}&limit=${JOBS}`);
    },
    refetchInterval: LOOK_MS,
    placeholderData: keepPreviousData,
  });

/** A page of the audit log from a place on; the newest without one. */
export function auditPage(from: number | undefined, limit: number): Promise<Forms["AuditPage"]> {
  const start = from === undefined ? "" : `from=${from}&`;
  return json<Forms["AuditPage"]>(`/api/v1/audit?${start}limit=${limit}`);
}

export const verifyLog = () => json<LogVerdict>("/api/v1/audit/verify");

export const echo = (peer: string) =>
  json<Echo>(`/api/v1/admin/peers/${encodeURIComponent(peer)}/echo`, send("POST"));

export const rehearse = (study: string) =>
  json<Rehearsal>("/api/v1/admin/rules/test", send("POST", { study }));

export const assign = (wish: Forms["NewAssignment"]) =>
  json<Forms["AssignmentDto"]>("/api/v1/assignments", send("POST", wish));

export const endAssignment = async (assignment: number) =>
  node.POST("/api/v1/assignments/{assignment}/end", {
    params: { path: { assignment: String(assignment) } },
  });

export const turnUser = async (user: string, to: "disable" | "enable") => {
  const path = { params: { path: { user } } };
  if (to === "disable") return node.POST("/api/v1/users/{user}/disable", path);
  return node.POST("/api/v1/users/{user}/enable", path);
};

export const judge = (number: number, verdict: "justified" | "unjustified") =>
  json<Forms["CaseDto"]>(`/api/v1/break-glass/${number}/review`, send("POST", { verdict }));
