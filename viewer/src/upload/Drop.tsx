import { Button, Group, Text } from "@mantine/core";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Picked, chosen, dropped } from "./picked";
import style from "./upload.module.css";

/** Where folders and files are dropped, or chosen by keyboard. */
export function Drop({ take }: { take: (picked: Picked[]) => void }) {
  const { t } = useTranslation("upload");
  const [isOver, setOver] = useState(false);
  const [note, setNote] = useState("");
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const give = (picked: Picked[]) => {
    setNote(picked.length === 0 ? t("nothing") : "");
    if (picked.length > 0) take(picked);
  };
  const onDrop = async (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    setNote(t("reading"));
    give(await dropped(event.dataTransfer.items));
  };
  return (
    <div
      className={style.drop}
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => void onDrop(event)}
    >
      <Text fw={600}>{isOver ? t("dropNow") : t("drop")}</Text>
      <Group>
        <Button onClick={() => folder.current?.click()}>{t("chooseFolder")}</Button>
        <Button variant="default" onClick={() => files.current?.click()}>
          {t("chooseFiles")}
        </Button>
      </Group>
      <input ref={folder} type="file" className={style.hidden} tabIndex={-1} aria-label={t("chooseFolder")} multiple {...{ webkitdirectory: "" }} onChange={(event) => give(chosen(event.currentTarget.files))} />
      <input ref={files} type="file" className={style.hidden} tabIndex={-1} aria-label={t("chooseFiles")} multiple accept=".dcm,.zip,.nii,.gz" onChange={(event) => give(chosen(event.currentTarget.files))} />
      <Text size="sm" c="dimmed">
        {t("dropNote")}
      </Text>
      <Text size="sm" role="status">
        {note}
      </Text>
    </div>
  );
}
