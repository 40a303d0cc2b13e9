import { Button, CloseButton, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { WorklistSearch } from "../router";
import { NAME_CHARS_MAX, keptViews, withView, withoutView } from "./views";
import styles from "./Worklist.module.css";

/** Views that were saved, and a way to save this one. */
export function Views({ wish, show }: { wish: WorklistSearch; show: (next: WorklistSearch) => void }) {
  const { t } = useTranslation("worklist");
  const [views, setViews] = useState(keptViews);
  const [name, setName] = useState("");
  const [isNaming, setNaming] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const called = name.trim();
    if (!called) return;
    const { state, sort } = wish;
    setViews(withView(views, { name: called, ...(state ? { state } : {}), ...(sort ? { sort } : {}) }));
    setName("");
    setNaming(false);
  };
  return (
    <div className={styles.views} role="group" aria-label={t("views")}>
      {views.map((view) => (
        <span key={view.name} className={styles.view}>
          <Button size="compact-xs" variant="subtle" onClick={() => show(view)}>
            <bdi>{view.name}</bdi>
          </Button>
          <CloseButton
            size="xs"
            aria-label={t("removeView", { name: view.name })}
            onClick={() => setViews(withoutView(views, view.name))}
          />
        </span>
      ))}
      {isNaming ? (
        <form onSubmit={submit} className={styles.naming}>
          <TextInput
            size="xs"
            autoFocus
            label={t("viewName")}
            title={t("viewHint")}
            maxLength={NAME_CHARS_MAX}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button size="xs" type="submit">
            {t("save")}
          </Button>
          <Button size="xs" variant="default" onClick={() => setNaming(false)}>
            {t("cancel")}
          </Button>
        </form>
      ) : (
        <Button size="xs" variant="default" title={t("viewHint")} onClick={() => setNaming(true)}>
          {t("saveView")}
        </Button>
      )}
    </div>
  );
}
