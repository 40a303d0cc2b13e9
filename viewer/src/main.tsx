import "./shell/styles";
import "./style.css";
import "./words";
import { DirectionProvider, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Offline, Problem } from "./api/problem";
import { makeRouter } from "./router";
import { theme } from "./theme";

/** Reads are tried again while the node is away; refusals are final. */
function retry(count: number, error: Error): boolean {
  if (error instanceof Problem) return error.remedy === "wait" && count < 3;
  return error instanceof Offline;
}

const queries = new QueryClient({
  defaultOptions: {
    queries: { retry, retryDelay: (n) => Math.min(1000 * 2 ** n, 15_000), staleTime: 10_000 },
    mutations: { retry: false },
  },
});

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <DirectionProvider detectDirection>
        <MantineProvider
          theme={theme}
          defaultColorScheme="dark"
          withCssVariables={false}
          withGlobalClasses={false}
        >
          <QueryClientProvider client={queries}>
            <RouterProvider router={makeRouter(queries)} />
          </QueryClientProvider>
        </MantineProvider>
      </DirectionProvider>
    </StrictMode>,
  );
}
