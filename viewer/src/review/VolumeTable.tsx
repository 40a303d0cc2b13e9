import { useTranslation } from "react-i18next";
import { Listing } from "../admin/Listing";
import type { Review, Volumes } from "./forms";

const ROWS = ["wt", "tc", "et", "netc", "snfh", "rc"] as const satisfies readonly (keyof Volumes)[];

/** Volumes as they were found and as they are now; the node measured both. */
export function VolumeTable({ review, isStale }: { review: Review; isStale: boolean }) {
  const { t } = useTranslation("review");
  const { volumes_cm3: now, before } = review.measured;
  return (
    <Listing
      caption={t("volumes")}
      rows={ROWS}
      name={(row) => row}
      empty=""
      columns={[
        { head: t("region"), cell: (row) => t(row) },
        { head: t("before"), cell: (row) => before.volumes_cm3[row].toFixed(2), figure: true },
        { head: isStale ? `${t("now")} (${t("measuring")})` : t("now"), cell: (row) => <b>{now[row].toFixed(2)}</b>, figure: true },
      ]}
    />
  );
}
