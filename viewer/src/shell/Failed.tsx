import { Alert, Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { signIn } from "../api/client";
import { Offline, Problem } from "../api/problem";

/** What went wrong, in the node's own sentence, and what can be done about it. */
export function Failed({ error, reset }: { error: unknown; reset?: () => void }) {
  const { t } = useTranslation("shell");
  const problem = error instanceof Problem ? error : undefined;
  const sentence = error instanceof Offline ? t("offline") : (problem?.message ?? t("failed"));
  return (
    <Alert color="orange" title={t("failed")} m="md" role="alert">
      <Text size="sm">{problem?.remedy === "sign-in" ? t("signedOut") : sentence}</Text>
      {problem?.id ? (
        <Text size="xs" c="dimmed" className="figure">
          {t("requestId", { id: problem.id })}
        </Text>
      ) : null}
      <Group mt="sm">
        {problem?.remedy === "sign-in" ? (
          <Button onClick={() => signIn()}>{t("signIn")}</Button>
        ) : null}
        {problem?.remedy === "step-up" ? (
          <Button onClick={() => signIn("step-up")}>{t("confirm")}</Button>
        ) : null}
        {reset ? (
          <Button variant="default" onClick={reset}>
            {t("again")}
          </Button>
        ) : null}
      </Group>
    </Alert>
  );
}
