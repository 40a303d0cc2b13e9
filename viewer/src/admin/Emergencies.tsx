import { Button, Group, Modal, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import style from "./admin.module.css";
import { emergencies, judge } from "./asks";
import { Listing } from "./Listing";
import { Moment } from "./Moment";
import { StepUp } from "./StepUp";

const VERDICTS = ["justified", "unjustified"] as const;

interface Intent {
  number: number;
  verdict: (typeof VERDICTS)[number];
}

/** Emergencies that wait for a judgement. */
export function Emergencies() {
  const { t } = useTranslation("admin");
  const asked = useQuery(emergencies);
  const [intent, setIntent] = useState<Intent>();
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <Failed error={asked.error} reset={() => void asked.refetch()} />;
  return (
    <>
      <StepUp />
      <Text size="sm">{t("emergenciesNote")}</Text>
      <Listing
        caption={t("emergencies")}
        isQuiet
        rows={asked.data}
        name={(one) => one.case}
        empty={t("noCases")}
        columns={[
          { head: t("number"), cell: (one) => one.case, figure: true },
          { head: t("person"), cell: (one) => <bdi>{one.person.split("#").at(-1)}</bdi> },
          { head: t("patient"), cell: (one) => <span className={style.code}>{one.patient}</span>, figure: true },
          { head: t("reason"), cell: (one) => <bdi>{one.reason}</bdi> },
          { head: t("from"), cell: (one) => <Moment ms={one.from_ms} /> },
          { head: t("until"), cell: (one) => <Moment ms={one.until_ms} /> },
          { head: t("verdict"), cell: (one) => <Choice one={one} choose={setIntent} /> },
        ]}
      />
      {intent ? <Sure intent={intent} close={() => setIntent(undefined)} /> : null}
    </>
  );
}

function Choice({ one, choose }: { one: Forms["CaseDto"]; choose: (intent: Intent) => void }) {
  const { t } = useTranslation("admin");
  return (
    <Group gap={6} wrap="nowrap">
      {VERDICTS.map((verdict) => (
        <Button
          key={verdict}
          size="compact-xs"
          variant="default"
          aria-label={`${t(verdict)} · ${one.case}`}
          onClick={() => choose({ number: one.case, verdict })}
        >
          {t(verdict)}
        </Button>
      ))}
    </Group>
  );
}

function Sure({ intent, close }: { intent: Intent; close: () => void }) {
  const { t } = useTranslation("admin");
  const shell = useTranslation("shell").t;
  const queries = useQueryClient();
  const judging = useMutation({
    mutationFn: () => judge(intent.number, intent.verdict),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: emergencies.queryKey });
      close();
    },
  });
  return (
    <Modal opened onClose={close} title={t("verdict")} closeButtonProps={{ "aria-label": shell("close") }} lockScroll={false} transitionProps={{ duration: 0 }}>
      <Text size="sm">{t("judgeSure", { number: intent.number, verdict: t(intent.verdict) })}</Text>
      {judging.error ? <Failed error={judging.error} /> : null}
      <Group mt="md">
        <Button loading={judging.isPending} onClick={() => judging.mutate()}>
          {t(intent.verdict)}
        </Button>
        <Button variant="default" onClick={close}>
          {shell("cancel")}
        </Button>
      </Group>
    </Modal>
  );
}
