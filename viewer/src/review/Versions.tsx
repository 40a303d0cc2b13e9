import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Listing } from "../admin/Listing";
import { Moment } from "../admin/Moment";
import type { Review } from "./forms";
import style from "./review.module.css";

/** Versions of the result and who said what of each. */
export function Versions({ review }: { review: Review }) {
  const { t } = useTranslation("review");
  return (
    <section className={style.part} aria-labelledby="history">
      <h2 id="history">{t("history")}</h2>
      {review.predecessor ? (
        <Text size="xs" c="dimmed">
          {t("predecessor", { version: review.version - 1 })}
        </Text>
      ) : null}
      <Listing
        caption={t("history")}
        isQuiet
        rows={review.history.map((entry, n) => ({ ...entry, n })).toReversed()}
        name={(entry) => entry.n}
        empty="—"
        columns={[
          { head: t("version", { version: "" }), cell: (entry) => entry.version, figure: true },
          { head: t("state"), cell: (entry) => t(`state_${entry.state}`, entry.state) },
          { head: t("who"), cell: (entry) => <bdi>{entry.by || "Interval"}</bdi> },
          { head: t("at"), cell: (entry) => <Moment ms={entry.at_ms} /> },
          { head: t("reason"), cell: (entry) => <bdi>{[entry.reason, entry.notes].filter(Boolean).join(" · ") || "—"}</bdi> },
        ]}
      />
    </section>
  );
}
