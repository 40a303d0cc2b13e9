import { Button, Text } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Listing } from "../admin/Listing";
import { Failed } from "../shell/Failed";
import type { Courier, Journey, Parcel } from "./courier";
import type { Refused } from "./forms";
import style from "./upload.module.css";

/** Files that are drawn: those under way first. */
const ROWS = 60;
const MB = 1e6;

/** How far the files are, each and together. */
export function Progress({ courier }: { courier: Courier }) {
  const { t } = useTranslation("upload");
  const journey = useSyncExternalStore(courier.subscribe, courier.seen);
  const mb = (bytes: number) => (bytes / MB).toFixed(1);
  const counts = t("sentOf", { sent: journey.sent, all: journey.parcels.length, mb: mb(journey.sentBytes), allMb: mb(journey.allBytes) });
  return (
    <section className={style.card} aria-label={t("sending")}>
      <h2>{t("sending")}</h2>
      <progress aria-label={t("sending")} value={journey.sentBytes} max={Math.max(1, journey.allBytes)} />
      <Text size="sm" role="status">
        {counts}
      </Text>
      {journey.stopped ? <Failed error={journey.stopped} /> : null}
      {journey.state === "stopped" ? <Button onClick={() => void courier.go()}>{t("goOn")}</Button> : null}
      <Files journey={journey} />
    </section>
  );
}

const ORDER: Record<Parcel["state"], number> = { sending: 0, failed: 1, refused: 2, waiting: 3, sent: 4 };

function Files({ journey }: { journey: Journey }) {
  const { t } = useTranslation("upload");
  const ordered = journey.parcels.toSorted((a, b) => ORDER[a.state] - ORDER[b.state]);
  const rest = ordered.length - ROWS;
  return (
    <details open={journey.state !== "over"}>
      <summary>{t("file")}</summary>
      <div className={style.files} tabIndex={0} role="group" aria-label={t("file")}>
        <Listing
          caption={t("sending")}
          rows={ordered.slice(0, ROWS)}
          name={(parcel) => parcel.path}
          empty="—"
          columns={[
            { head: t("file"), cell: (parcel) => <bdi className={style.path}>{parcel.path}</bdi> },
            { head: t("size"), cell: (parcel) => `${(parcel.size / MB).toFixed(2)} MB`, figure: true },
            { head: t("state"), cell: (parcel) => t(`file_${parcel.state}`) },
          ]}
        />
        {rest > 0 ? <Text size="sm">{t("andMore", { count: rest })}</Text> : null}
      </div>
    </details>
  );
}

/** Files that were not taken, and why. */
export function RefusedFiles({ refused, more }: { refused: readonly Refused[]; more: number }) {
  const { t } = useTranslation("upload");
  if (refused.length === 0) return null;
  return (
    <section className={style.card} aria-label={t("refusedFiles")}>
      <div className={style.files} tabIndex={0} role="group" aria-label={t("refusedFiles")}>
        <Listing
          caption={`${t("refusedFiles")} (${refused.length + more})`}
          rows={refused}
          name={(one) => one.name}
          empty=""
          columns={[
            { head: t("file"), cell: (one) => <bdi className={style.path}>{one.name}</bdi> },
            { head: t("why"), cell: (one) => <bdi>{one.why}</bdi> },
          ]}
        />
        {more > 0 ? <Text size="sm">{t("andMore", { count: more })}</Text> : null}
      </div>
    </section>
  );
}
