import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

const DAY_MS = 86_400_000;

/** A time of day and a date, as people here write them. */
export function Moment({ ms }: { ms: number | null | undefined }) {
  const { t, i18n } = useTranslation("admin");
  if (ms === null || ms === undefined) return <Text span size="sm">{t("never")}</Text>;
  const format = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "short" });
  const at = new Date(ms);
  return <time dateTime={at.toISOString()}>{format.format(at)}</time>;
}

/** How many days from now. */
export function Days({ ms }: { ms: number }) {
  const { t } = useTranslation("admin");
  const days = Math.round((ms - Date.now()) / DAY_MS);
  if (days === 0) return <>{t("today")}</>;
  return <>{days > 0 ? t("inDays", { count: days }) : t("daysAgo", { count: -days })}</>;
}
