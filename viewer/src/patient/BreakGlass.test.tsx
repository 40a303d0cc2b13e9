// @vitest-environment jsdom
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BreakGlass } from "./BreakGlass";
import { forget, keep, kept } from "./emergencyDraft";

const onOpen = vi.fn();

function show(status: number, body: unknown) {
  const fetched = vi.fn((_address: string, _init: RequestInit) =>
    Promise.resolve(new Response(JSON.stringify(body), { status })),
  );
  vi.stubGlobal("fetch", fetched);
  const media = () => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined });
  vi.stubGlobal("matchMedia", media);
  vi.stubGlobal("ResizeObserver", class { observe() {} unobserve() {} disconnect() {} });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <BreakGlass patient="p1" onOpen={onOpen} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return fetched;
}

function write() {
  fireEvent.click(screen.getByRole("button", { name: "Emergency access…" }));
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "Seizure, on call" } });
  fireEvent.change(screen.getByRole("combobox"), { target: { value: "60" } });
  fireEvent.click(screen.getByRole("button", { name: "Open the record" }));
}

describe("the door for emergencies", () => {
  beforeEach(() => {
    forget();
    onOpen.mockClear();
  });
  afterEach(() => {
    cleanup();
    vi.unstubAllGlobals();
  });
  test("reason and minutes go to the node, and the record opens", async () => {
    const fetched = show(201, { case: 1, patient: "p1" });
    write();
    await waitFor(() => expect(onOpen).toHaveBeenCalledWith("p1"));
    const sent = JSON.parse(String(fetched.mock.calls[0]?.[1].body)) as unknown;
    expect(sent).toEqual({ patient: "p1", patient_id_issuer: "", reason: "Seizure, on call", minutes: 60 });
  });
  test("a refusal that asks for a fresh sign-in offers it, and keeps what was written", async () => {
    show(403, { detail: "no", step_up: true });
    write();
    expect(await screen.findByRole("button", { name: "Confirm who you are" })).toBeTruthy();
    expect((screen.getByRole("textbox") as HTMLTextAreaElement).value).toBe("Seizure, on call");
    expect(onOpen).not.toHaveBeenCalled();
  });
  test("what was written before a sign-in stands there again", () => {
    keep({ reason: "Seizure", minutes: "30" });
    show(201, {});
    expect((screen.getByRole("textbox") as HTMLTextAreaElement).value).toBe("Seizure");
    expect(kept().minutes).toBe("30");
  });
});
