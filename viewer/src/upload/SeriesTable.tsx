import { NativeSelect, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Listing } from "../admin/Listing";
import { ROLES, type Series } from "./forms";

/** Series, the role of each and why; the role can be corrected. */
export function SeriesTable(props: {
  series: readonly Series[];
  give: (series: string, role: string | null) => void;
  isBusy: boolean;
}) {
  const { series, give, isBusy } = props;
  const { t } = useTranslation("upload");
  const shown = (one: Series) => one.description || t("noDescription");
  return (
    <Listing
      caption={t("seriesOf")}
      rows={series}
      name={(one) => one.series}
      empty={t("noSeries")}
      columns={[
        { head: t("series"), cell: (one) => <bdi>{shown(one)}</bdi> },
        { head: t("images"), cell: (one) => one.images, figure: true },
        {
          head: t("role"),
          cell: (one) => (
            <NativeSelect
              size="xs"
              w={150}
              aria-label={t("roleOf", { series: shown(one) })}
              disabled={isBusy}
              value={one.role ?? ""}
              onChange={(event) => give(one.series, event.currentTarget.value || null)}
              data={[{ value: "", label: `? ${t("noRole")}` }, ...ROLES]}
            />
          ),
        },
        {
          head: t("why"),
          cell: (one) => (
            <>
              <bdi>{one.why}</bdi>
              {one.assigned_by_human ? (
                <Text size="xs" c="dimmed">
                  {t("byHuman")}
                </Text>
              ) : null}
            </>
          ),
        },
      ]}
    />
  );
}
