import { useEffect, useState } from "react";
import type { Forms } from "../api/client";

/** How long the page waits before it asks for the news again, in ms. */
const AGAIN_MS = 3_000;

/** Jobs of one's patients as they change. */
export interface News {
  jobs: Readonly<Record<string, Forms["JobDto"]>>;
  isCutOff: boolean;
}

/** Listens to what changes; the newest job of each study is kept. */
export function useNews(studies: readonly string[]): News {
  const [news, setNews] = useState<News>({ jobs: {}, isCutOff: false });
  const wanted = studies.join(" ");
  useEffect(() => {
    if (!wanted) return;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout>;
    const listen = () => {
      source = new EventSource("/api/v1/events");
      source.onopen = () => setNews((before) => ({ ...before, isCutOff: false }));
      source.addEventListener("job", (event: MessageEvent<string>) => {
        const job = JSON.parse(event.data) as Forms["JobDto"];
        if (!wanted.split(" ").includes(job.study)) return;
        setNews((before) => ({ isCutOff: false, jobs: { ...before.jobs, [job.study]: job } }));
      });
      source.onerror = () => {
        setNews((before) => ({ ...before, isCutOff: true }));
        // A refusal closes the source for good; a cut line is mended by the browser.
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(listen, AGAIN_MS);
      };
    };
    listen();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, [wanted]);
  return news;
}
