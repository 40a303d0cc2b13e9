import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Forms, json, send } from "../api/client";
import { Failed } from "../shell/Failed";
import { DAY_MS } from "./date";

function handOn(wish: Forms["NewDelegation"]): Promise<Forms["AssignmentDto"]> {
  return json<Forms["AssignmentDto"]>("/api/v1/delegations", send("POST", wish));
}

/** The end of a day here, in milliseconds since 1970; nothing when no day was given. */
function endOf(date: string): number | null {
  const midnight = new Date(`${date}T00:00:00`).getTime();
  return Number.isNaN(midnight) ? null : midnight + DAY_MS;
}

function Form({ patient }: { patient: string }) {
  const { t } = useTranslation("patient");
  const [to, setTo] = useState("");
  const [until, setUntil] = useState("");
  const handing = useMutation({ mutationFn: handOn });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    handing.mutate({ patient, to: to.trim(), until_ms: endOf(until) });
  };
  if (handing.data) return <Text role="status">{t("delegated", { person: handing.data.person })}</Text>;
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          required
          label={t("delegateTo")}
          description={t("delegateHint")}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <TextInput type="date" label={t("delegateUntil")} value={until} onChange={(event) => setUntil(event.currentTarget.value)} />
        {handing.error ? <Failed error={handing.error} /> : null}
        <Group justify="flex-end">
          <Button type="submit" loading={handing.isPending}>
            {t("delegate")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Hands one's own assignment on to a colleague. */
export function Delegate({ patient }: { patient: string }) {
  const { t } = useTranslation("patient");
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={() => setOpen(true)}>
        {t("delegate")}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={t("delegateTitle")}
        closeButtonProps={{ "aria-label": t("close") }}
        transitionProps={{ duration: 0 }}
        lockScroll={false}
      >
        <Form patient={patient} />
      </Modal>
    </>
  );
}
