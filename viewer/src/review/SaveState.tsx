import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import type { Sitting, Tools } from "./sitting";
import style from "./review.module.css";

/** Which state and version the result has, and where the work is. */
export function SaveState({ desk, tools }: { desk: Sitting; tools: Tools }) {
  const { t } = useTranslation("review");
  const { review, phase, error } = desk.written;
  const isStuck = phase === "refused" || phase === "away" || phase === "signed-out";
  return (
    <header className={style.state}>
      <Group justify="space-between">
        <h1>{t("review")}</h1>
        <Text size="sm" fw={600}>
          {t(`state_${review.state}`)} · {t("version", { version: review.version })}
        </Text>
      </Group>
      <Group gap={8}>
        <Text size="sm" role="status" data-phase={phase}>
          {t(`phase_${phase}`)}
        </Text>
        {isStuck && tools.pen.isDirty ? (
          <Button size="compact-xs" variant="default" onClick={() => void tools.pen.flush()}>
            {t("again")}
          </Button>
        ) : null}
      </Group>
      {review.draft && !review.draft.by_me ? <Text size="sm">{t("draftOf", { by: review.draft.by })}</Text> : null}
      {tools.wasRestored ? <Text size="xs">{t("restored")}</Text> : null}
      {error ? <Failed error={error} /> : null}
    </header>
  );
}
