import "./words";
import { Alert, Button, Group, Modal, NativeSelect, Stack, Text, TextInput, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Forms, json, send, signIn } from "../api/client";
import { Problem } from "../api/problem";
import { Failed } from "../shell/Failed";
import { forget, keep, kept } from "./emergencyDraft";

/** Characters of a reason; the node says itself when it is too long. */
const REASON_CHARS_MAX = 500;

const MINUTES = ["30", "60", "120", "240"] as const;

/** Asks for a patient's data in an emergency. */
function ask(wish: Forms["NewEmergency"]): Promise<Forms["CaseDto"]> {
  return json<Forms["CaseDto"]>("/api/v1/break-glass", send("POST", wish));
}

function Form({ patient, onOpen }: { patient: string | undefined; onOpen: (patient: string) => void }) {
  const { t } = useTranslation("patient");
  const draft = kept();
  const [reason, setReason] = useState(draft.reason);
  const [minutes, setMinutes] = useState(draft.minutes);
  const [id, setId] = useState("");
  const opening = useMutation({
    mutationFn: ask,
    onSuccess: (made) => {
      forget();
      onOpen(made.patient);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const whom = patient ? { patient } : { patient_id: id.trim() };
    opening.mutate({ ...whom, patient_id_issuer: "", reason: reason.trim(), minutes: Number(minutes) });
  };
  const stepUp = opening.error instanceof Problem && opening.error.remedy === "step-up";
  const leave = () => {
    keep({ reason, minutes });
    signIn("step-up");
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{t("glassWhy")}</Text>
        {patient ? null : (
          <TextInput required label={t("glassPatientId")} value={id} onChange={(event) => setId(event.currentTarget.value)} />
        )}
        <Textarea
          required
          label={t("glassReason")}
          description={t("glassReasonHint")}
          maxLength={REASON_CHARS_MAX}
          rows={3}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <NativeSelect
          label={t("glassMinutes")}
          value={minutes}
          onChange={(event) => setMinutes(event.currentTarget.value)}
          data={MINUTES.map((value) => ({ value, label: t(`minutes_${value}`) }))}
        />
        {stepUp ? (
          <Alert color="orange" role="alert">
            <Text size="sm">{t("glassStepUp")}</Text>
            <Button mt="sm" onClick={leave}>
              {t("confirm")}
            </Button>
          </Alert>
        ) : opening.error ? (
          <Failed error={opening.error} />
        ) : null}
        <Group justify="flex-end">
          <Button type="submit" loading={opening.isPending}>
            {t("glassGo")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The door for emergencies: a button, and a dialog that asks why and for how long. */
export function BreakGlass({ patient, onOpen }: { patient?: string; onOpen: (patient: string) => void }) {
  const { t } = useTranslation("patient");
  const [isOpen, setOpen] = useState(kept().reason !== "" && patient !== undefined);
  return (
    <>
      <Button color="orange" variant="outline" onClick={() => setOpen(true)}>
        {t("glassOpen")}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={t("glassTitle")}
        closeButtonProps={{ "aria-label": t("close") }}
        transitionProps={{ duration: 0 }}
        lockScroll={false}
      >
        <Form patient={patient} onOpen={onOpen} />
      </Modal>
    </>
  );
}
