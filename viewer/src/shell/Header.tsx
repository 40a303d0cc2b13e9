import { ActionIcon, Badge, Button, NativeSelect, Text, useMantineColorScheme } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Forms, node } from "../api/client";
import { type Role, has } from "../api/me";
import { LANGUAGES, i18next } from "../words";
import { Search } from "./Search";

/** The parts, and who has something to do there. */
const PARTS: readonly { to: string; word: string; roles: readonly Role[] }[] = [
  { to: "/worklist", word: "worklist", roles: ["oncologist", "radiologist", "clinician"] },
  { to: "/upload", word: "upload", roles: ["oncologist", "radiologist"] },
  { to: "/admin/overview", word: "administration", roles: ["administrator"] },
  { to: "/admin/audit", word: "audit", roles: ["auditor"] },
  { to: "/help", word: "help", roles: ["oncologist", "radiologist", "clinician", "administrator", "auditor"] },
];

const TONGUES = { en: "English", he: "עברית" } as const;

/** Ends the session here, and then at the provider. */
async function signOut(): Promise<void> {
  const farewell = await node.POST("/auth/logout");
  location.assign(farewell.data?.location ?? "/app/");
}

export function Header({ who }: { who: Forms["Me"] }) {
  const { t, i18n } = useTranslation("shell");
  const { toggleColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const parts = PARTS.filter((part) => has(who, ...part.roles));
  const isCarer = has(who, "oncologist", "radiologist", "clinician");
  return (
    <header>
      <Text component="span" fw={700}>
        {t("title")}
      </Text>
      <nav className="parts" aria-label={t("navigation")}>
        {parts.map((part) => (
          <Link key={part.to} to={part.to} activeProps={{ "aria-current": "page" }}>
            {t(part.word)}
          </Link>
        ))}
      </nav>
      <span style={{ flex: 1 }} />
      {isCarer ? <Search /> : null}
      <NativeSelect
        size="xs"
        aria-label={t("language")}
        value={i18n.language}
        onChange={(event) => void i18next.changeLanguage(event.currentTarget.value)}
        data={LANGUAGES.map((language) => ({ value: language, label: TONGUES[language] }))}
      />
      <ActionIcon variant="default" aria-label={t("theme")} onClick={toggleColorScheme}>
        ◐
      </ActionIcon>
      <Text size="sm" component="bdi">
        {who.display_name}
      </Text>
      {who.roles.map((role) => (
        <Badge key={role} variant="outline">
          {t(`role_${role}`)}
        </Badge>
      ))}
      <Button size="compact-sm" variant="default" onClick={() => void signOut()}>
        {t("signOut")}
      </Button>
    </header>
  );
}
