import type { Words } from "../words";

/** Each word in English and in Hebrew, side by side. */
export type Pairs = Record<string, readonly [string, string]>;

/** The two languages of a list of pairs. */
export function tongues(pairs: Pairs): Words {
  const of = (n: 0 | 1) =>
    Object.fromEntries(Object.entries(pairs).map(([key, pair]) => [key, pair[n]]));
  return { en: of(0), he: of(1) };
}
