import { Button, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import style from "./admin.module.css";
import { turnUser, users } from "./asks";
import { Listing } from "./Listing";
import { Moment } from "./Moment";
import { StepUp } from "./StepUp";

/** People whom the node knows, what they are, and the switch that lets them do nothing. */
export function Users() {
  const { t } = useTranslation("admin");
  const asked = useQuery(users);
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <Failed error={asked.error} reset={() => void asked.refetch()} />;
  return (
    <>
      <StepUp />
      <Text size="sm">{t("rolesNote")}</Text>
      <Listing
        caption={t("users")}
        isQuiet
        rows={asked.data}
        name={(user) => user.user}
        empty={t("noUsers")}
        columns={[
          { head: t("name"), cell: (user) => <bdi>{user.name || t("noName")}</bdi> },
          { head: t("person"), cell: (user) => <span className={style.code}>{user.person}</span>, figure: true },
          { head: t("roles"), cell: (user) => <Roles roles={user.roles} /> },
          { head: t("seen"), cell: (user) => <Moment ms={user.seen_ms} /> },
          { head: t("state"), cell: (user) => t(user.disabled_ms ? "state_disabled" : "state_active") },
          { head: t("actions"), cell: (user) => <Switch user={user} /> },
        ]}
      />
    </>
  );
}

function Roles({ roles }: { roles: readonly string[] }) {
  const { t } = useTranslation("shell");
  return roles.map((role) => (
    <span key={role} className={style.tag}>
      {t(`role_${role}`, role)}
    </span>
  ));
}

function Switch({ user }: { user: Forms["UserDto"] }) {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const to = user.disabled_ms ? "enable" : "disable";
  const turning = useMutation({
    mutationFn: () => turnUser(user.user, to),
    onSuccess: () => queries.invalidateQueries({ queryKey: users.queryKey }),
  });
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        loading={turning.isPending}
        aria-label={t(`${to}Of`, { name: user.name || user.person })}
        onClick={() => turning.mutate()}
      >
        {t(to)}
      </Button>
      {turning.error ? <Failed error={turning.error} /> : null}
    </>
  );
}
