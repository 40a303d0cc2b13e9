import { bytes } from "../api/client";

/** A volume whose bytes are not what its grid says they must be. */
export class Unreadable extends Error {
  constructor() {
    super("unreadable");
    this.name = "Unreadable";
  }
}

/** Reads exactly so many bytes, telling how many have come; more or fewer are refused. */
export async function exactly(
  address: string,
  length: number,
  signal: AbortSignal,
  tell: (come: number) => void,
): Promise<ArrayBuffer> {
  const response = await bytes(address, { signal });
  if (!response.body) throw new Unreadable();
  const all = new Uint8Array(length);
  let come = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (come + value.length > length) {
      await reader.cancel();
      throw new Unreadable();
    }
    all.set(value, come);
    come += value.length;
    tell(come);
  }
  if (come !== length) throw new Unreadable();
  return all.buffer;
}
