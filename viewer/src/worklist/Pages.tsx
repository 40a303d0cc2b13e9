import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { WorklistSearch } from "../router";
import { PAGE } from "./asks";
import styles from "./Worklist.module.css";
import { LinkButton } from "../patient/LinkButton";

/** Back and forth between the pages of the list. */
export function Pages({ wish, total }: { wish: WorklistSearch; total: number }) {
  const { t } = useTranslation("worklist");
  const pages = Math.max(1, Math.ceil(total / PAGE));
  const page = Math.min(wish.page ?? 1, pages);
  if (pages === 1) return null;
  const step = (to: number, word: string) =>
    to < 1 || to > pages ? (
      <Button size="compact-sm" variant="default" disabled>
        {t(word)}
      </Button>
    ) : (
      <LinkButton size="compact-sm" to="/worklist" search={{ ...wish, page: to }}>
        {t(word)}
      </LinkButton>
    );
  return (
    <nav className={styles.pages} aria-label={t("pages")}>
      {step(page - 1, "previous")}
      <span aria-live="polite">{t("page", { page, pages })}</span>
      {step(page + 1, "next")}
    </nav>
  );
}
