import { NativeSelect, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, type RefObject, useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { WorklistSearch } from "../router";
import { SORTS, STATES } from "./forms";
import { Views } from "./Views";
import styles from "./Worklist.module.css";

/** What the list shows: search, state, order, and the views that were saved. */
export function Filters({ wish, field }: { wish: WorklistSearch; field: RefObject<HTMLInputElement | null> }) {
  const { t } = useTranslation(["worklist", "vocabulary"]);
  const navigate = useNavigate();
  const show = (next: WorklistSearch) => {
    const { search, state, sort } = next;
    void navigate({
      to: "/worklist",
      search: { ...(search ? { search } : {}), ...(state ? { state } : {}), ...(sort ? { sort } : {}) },
    });
  };
  useEffect(() => {
    if (field.current) field.current.value = wish.search ?? "";
  }, [wish.search, field]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    show({ ...wish, search: field.current?.value.trim() ?? "" });
  };
  return (
    <div className={styles.filters}>
      <form role="search" aria-label={t("worklist:title")} onSubmit={submit}>
        <TextInput
          ref={field}
          type="search"
          size="xs"
          maxLength={64}
          label={t("worklist:search")}
          defaultValue={wish.search ?? ""}
          aria-keyshortcuts="/"
        />
      </form>
      <NativeSelect
        size="xs"
        label={t("worklist:filterState")}
        value={wish.state ?? ""}
        onChange={(event) => show({ ...wish, state: event.currentTarget.value })}
        data={[
          { value: "", label: t("worklist:allStates") },
          ...STATES.map((state) => ({ value: state, label: t(`vocabulary:state_${state}`) })),
        ]}
      />
      <NativeSelect
        size="xs"
        label={t("worklist:sort")}
        value={wish.sort ?? SORTS[0]}
        onChange={(event) => show({ ...wish, sort: event.currentTarget.value })}
        data={SORTS.map((sort) => ({ value: sort, label: t(`worklist:sort_${sort}`) }))}
      />
      <Views wish={wish} show={show} />
    </div>
  );
}
