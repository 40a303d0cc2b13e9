import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { signIn } from "../api/client";
import { me } from "../api/me";
import { Problem } from "../api/problem";
import { Failed } from "./Failed";
import { Header } from "./Header";
import { Loading } from "./Loading";
import { SignedOut } from "./SignedOut";

/** What stands around every screen: who is signed in, where one can go, what this is for. */
export function Frame() {
  const { t } = useTranslation("shell");
  const who = useQuery(me);
  const isStranger = who.error instanceof Problem && who.error.remedy === "sign-in" && !who.data;
  useEffect(() => {
    if (isStranger) signIn();
  }, [isStranger]);
  if (who.isPending || isStranger) return <Loading />;
  if (!who.data) return <Failed error={who.error} reset={() => void who.refetch()} />;
  return (
    <div className="frame">
      <a className="skip" href="#content">
        {t("skip")}
      </a>
      <Header who={who.data} />
      <main id="content" tabIndex={-1}>
        {who.data.roles.length === 0 ? <Text p="xl">{t("noRole")}</Text> : <Outlet />}
      </main>
      <footer>
        <Text size="xs" component="span">
          {t("notice")}
        </Text>
        {who.data.notice ? (
          <Text size="xs" component="bdi">
            {who.data.notice}
          </Text>
        ) : null}
      </footer>
      <SignedOut>
        <Button onClick={() => signIn()}>{t("signIn")}</Button>
      </SignedOut>
    </div>
  );
}
