import { expect, test, vi } from "vitest";
import { Offline, Problem } from "../api/problem";
import { Courier, PARALLEL } from "./courier";
import { type Picked, worthSending } from "./picked";

const pick = (...paths: string[]): Picked[] => paths.map((path) => ({ path, file: new File(["12345"], path) }));
const received = { files: 1, bytes: 5, refused: [], refused_more: 0 };
const soon = () => Promise.resolve();

test("no more than four files are under way at one time, and all arrive", async () => {
  let under = 0;
  let most = 0;
  const courier = new Courier("u", async () => {
    most = Math.max(most, ++under);
    await new Promise((resolve) => setTimeout(resolve, 1));
    under--;
    return received;
  });
  await courier.carry(pick(...Array.from({ length: 30 }, (_, n) => `${n}.dcm`)));
  expect(most).toBe(PARALLEL);
  expect(courier.seen()).toMatchObject({ sent: 30, sentBytes: 150, allBytes: 150, state: "over" });
});

test("a file is tried again while the node is away", async () => {
  const send = vi.fn().mockRejectedValueOnce(new Offline()).mockResolvedValue(received);
  const courier = new Courier("u", send, soon);
  await courier.carry(pick("a.dcm"));
  expect(send).toHaveBeenCalledTimes(2);
  expect(courier.seen().state).toBe("over");
});

test("a session that ended stops the journey, and it goes on after sign-in with nothing lost", async () => {
  const send = vi.fn().mockRejectedValueOnce(new Problem(401, {})).mockResolvedValue(received);
  const courier = new Courier("u", send, soon);
  await courier.carry(pick("a.dcm", "b.dcm"));
  expect(courier.seen().state).toBe("stopped");
  await courier.go();
  expect(courier.seen()).toMatchObject({ sent: 2, state: "over", stopped: undefined });
});

test("a refused file is listed with its reason and holds up no other", async () => {
  const why = "This is no DICOM file.";
  const send = vi.fn(async (_: string, { path }: Picked) => {
    if (path === "x.txt") throw new Problem(415, { detail: why });
    return { ...received, refused: path === "y.bin" ? [{ name: path, why }] : [] };
  });
  const courier = new Courier("u", send, soon);
  await courier.carry(pick("a.dcm", "x.txt", "y.bin"));
  expect(courier.seen().refused).toEqual([{ name: "x.txt", why }, { name: "y.bin", why }]);
  expect(courier.seen().parcels.map((parcel) => parcel.state)).toEqual(["sent", "refused", "refused"]);
});

test("what file systems leave behind is not sent", () => {
  const all = pick("s/IM1", "s/.DS_Store", "s/DICOMDIR", "Thumbs.db", "a.dcm");
  expect(worthSending(all).map(({ path }) => path)).toEqual(["s/IM1", "a.dcm"]);
});
