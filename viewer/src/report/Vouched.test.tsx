// @vitest-environment jsdom
import "../words";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Vouched } from "./Vouched";

function answer(status: number, body: unknown) {
  const response = () => Promise.resolve(new Response(JSON.stringify(body), { status }));
  vi.stubGlobal("fetch", vi.fn(response));
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <Vouched study="1.2.3" />
    </QueryClientProvider>,
  );
}

describe("whether a person vouches for a result", () => {
  afterEach(() => {
    cleanup();
    vi.unstubAllGlobals();
  });
  test("a result is a draft as long as nothing can be read of its review", async () => {
    answer(404, { detail: "There is no such page." });
    expect((await screen.findByRole("note")).textContent).toContain("Unverified draft");
  });
  test("a signed result carries no warning, and says who signed", async () => {
    const history = [{ version: 2, state: "verified", by: "Dr <b>Cohen</b>", at_ms: 0, reason: null }];
    answer(200, { state: "verified", version: 2, history });
    expect((await screen.findByRole("note")).textContent).not.toContain("Unverified");
    expect(screen.getByText("Dr <b>Cohen</b>").tagName).toBe("BDI");
  });
  test("a rejected result says so", async () => {
    answer(200, { state: "rejected", version: 2, history: [] });
    expect((await screen.findByRole("note")).textContent).toContain("rejected this result");
  });
});
