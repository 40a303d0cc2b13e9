import { queryOptions, useQuery } from "@tanstack/react-query";
import { type Forms, node } from "./client";

/** What somebody may be. */
export type Role = "oncologist" | "radiologist" | "clinician" | "administrator" | "auditor";

/** Who is signed in. */
export const me = queryOptions({
  queryKey: ["me"],
  queryFn: async (): Promise<Forms["Me"]> => (await node.GET("/api/v1/me")).data as Forms["Me"],
  staleTime: 60_000,
  retry: false,
});

/** Who is signed in; nothing until the node has said. */
export function useMe(): Forms["Me"] | undefined {
  return useQuery(me).data;
}

/** Whether somebody has one of these roles. */
export function has(who: Forms["Me"] | undefined, ...roles: Role[]): boolean {
  return roles.some((role) => who?.roles.includes(role));
}
