import { Alert, Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { signIn } from "../api/client";
import { useMe } from "../api/me";

/** Says before anything is typed that a change will need a fresh sign-in. */
export function StepUp() {
  const { t } = useTranslation("admin");
  const who = useMe();
  if (!who || who.assurance.stepped_up) return null;
  return (
    <Alert color="blue">
      <Group justify="space-between">
        <Text size="sm">{t("stepUp")}</Text>
        <Button size="xs" variant="default" onClick={() => signIn("step-up")}>
          {t("confirm")}
        </Button>
      </Group>
    </Alert>
  );
}
