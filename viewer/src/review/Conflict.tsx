import { Button, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Listing } from "../admin/Listing";
import type { Sitting } from "./sitting";
import type { Draft, Review } from "./forms";
import { type Pen, draftOf } from "./pen";

/** Both sides of a collision, and the two ways on. */
export function Conflict({ desk, pen, theirs }: { desk: Sitting; pen: Pen; theirs: Review }) {
  const { t, i18n } = useTranslation("review");
  const last = theirs.history.at(-1);
  const by = theirs.draft?.by ?? last?.by ?? t("somebody");
  const ms = theirs.draft?.changed_ms ?? last?.at_ms ?? 0;
  const at = new Intl.DateTimeFormat(i18n.language, { timeStyle: "short", dateStyle: "short" }).format(ms);
  const { draft, review, hasUnsentLabels } = desk.written;
  const decisions = (of: Draft) => of.lesions.map((said) => `${said.track}: ${t(`said_${said.decision}`)}`).join(", ") || "—";
  const volume = (of: Review) => `${of.measured.volumes_cm3.wt.toFixed(2)} cm³`;
  const rows = [
    { word: t("state"), theirs: `${t(`state_${theirs.state}`)} · ${t("version", { version: theirs.version })}`, mine: t(`state_${review.state}`) },
    { word: t("wt"), theirs: volume(theirs), mine: hasUnsentLabels ? t("measuring") : volume(review) },
    { word: t("outlines"), theirs: t("asSent"), mine: t(hasUnsentLabels ? "changedHere" : "asSent") },
    { word: t("decisions"), theirs: decisions(draftOf(theirs)), mine: decisions(draft) },
    { word: t("notes"), theirs: theirs.draft?.notes || "—", mine: draft.notes || "—" },
  ];
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} size="lg" title={t("conflictTitle")} lockScroll={false} transitionProps={{ duration: 0 }}>
      <Stack>
        <Text size="sm">{t("conflictText", { by, at })}</Text>
        <Listing
          caption={t("conflictTitle")}
          isQuiet
          rows={rows}
          name={(row) => row.word}
          empty=""
          columns={[
            { head: "", cell: (row) => row.word },
            { head: t("theirs"), cell: (row) => <bdi>{row.theirs}</bdi> },
            { head: t("mine"), cell: (row) => <bdi>{row.mine}</bdi> },
          ]}
        />
        <div>
          <Button loading={desk.isBusy} onClick={() => void desk.takeTheirs()}>
            {t("takeTheirs")}
          </Button>
          <Text size="xs" c="dimmed">
            {t("takeTheirsNote")}
          </Text>
        </div>
        <div>
          <Button variant="default" onClick={() => void pen.keepMine()}>
            {t("keepMine")}
          </Button>
          <Text size="xs" c="dimmed">
            {t("keepMineNote")}
          </Text>
        </div>
      </Stack>
    </Modal>
  );
}
