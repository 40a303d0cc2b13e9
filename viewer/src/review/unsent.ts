import type { Packed } from "./asks";
import type { Draft } from "./forms";

/** Work that the node does not have yet, as this browser keeps it until it is sent. */
export interface Unsent {
  revision: number;
  packed: Packed | undefined;
  draft: Draft;
  kept_ms: number;
}

/** Where unsent work is kept. A person and a study have one place. */
export interface Drawer {
  put: (unsent: Unsent) => Promise<void>;
  take: () => Promise<Unsent | undefined>;
  clear: () => Promise<void>;
}

const DATABASE = "interval.unsent";
const STORE = "reviews";
/** Reviews that are kept at one time. */
const REVIEWS_MAX = 3;
/** The largest pack that is kept, in bytes. */
const BYTES_MAX = 64 * 1024 * 1024;
/** How long unsent work is kept, in ms: a working day. */
const LIFE_MS = 24 * 3_600_000;

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser keeps nothing"));
  });
}

async function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  const transaction = database.transaction(STORE, mode);
  transaction.oncomplete = () => database.close();
  return transaction.objectStore(STORE);
}

/** Removes what is too old, and the oldest where there are too many. */
async function tidy(reviews: IDBObjectStore): Promise<void> {
  const [keys, kept] = await Promise.all([
    settled(reviews.getAllKeys()),
    settled(reviews.getAll() as IDBRequest<Unsent[]>),
  ]);
  const ordered = keys.map((key, n) => ({ key, ms: kept[n]?.kept_ms ?? 0 })).toSorted((a, b) => b.ms - a.ms);
  const gone = ordered.filter(({ ms }, n) => n >= REVIEWS_MAX || ms < Date.now() - LIFE_MS);
  for (const { key } of gone) reviews.delete(key);
}

/** The drawer of one person for one study. A browser that keeps nothing is no failure: the work
 * is still in memory, and the page asks before it is left. */
export function drawer(person: string, study: string): Drawer {
  const key = `${person} ${study}`;
  return {
    async put(unsent) {
      if ((unsent.packed?.bytes.byteLength ?? 0) > BYTES_MAX) return;
      try {
        const reviews = await store("readwrite");
        await settled(reviews.put(unsent, key));
        await tidy(reviews);
      } catch {
        return;
      }
    },
    async take() {
      try {
        const reviews = await store("readwrite");
        await tidy(reviews);
        return await settled(reviews.get(key) as IDBRequest<Unsent | undefined>);
      } catch {
        return undefined;
      }
    },
    async clear() {
      try {
        await settled((await store("readwrite")).delete(key));
      } catch {
        return;
      }
    },
  };
}
