import { Modal, Stack, Text } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { onSignedOut } from "../api/client";

/** Says that the session has ended, over the screen as it stands: what was written stays. */
export function SignedOut({ children }: { children: ReactNode }) {
  const { t } = useTranslation("shell");
  const [isOut, setOut] = useState(false);
  useEffect(() => onSignedOut(() => setOut(true)), []);
  return (
    <Modal
      opened={isOut}
      onClose={() => setOut(false)}
      title={t("signIn")}
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
      lockScroll={false}
    >
      <Stack>
        <Text size="sm">{t("signedOut")}</Text>
        {children}
      </Stack>
    </Modal>
  );
}
