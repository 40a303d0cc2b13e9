import { TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

/** Looks for a patient from anywhere; Ctrl+K goes there. */
export function Search() {
  const { t } = useTranslation("shell");
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? "";
    void navigate({ to: "/worklist", search: text ? { search: text } : {} });
  };
  return (
    <form role="search" onSubmit={submit}>
      <TextInput
        ref={field}
        size="xs"
        w={200}
        aria-label={t("search")}
        placeholder={`${t("search")} (Ctrl+K)`}
      />
    </form>
  );
}
