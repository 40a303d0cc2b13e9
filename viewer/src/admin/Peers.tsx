import { Button, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import { echo, peers } from "./asks";
import { Listing } from "./Listing";

/** The other DICOM machines, and whether they answer. */
export function Peers() {
  const { t } = useTranslation("admin");
  const asked = useQuery(peers);
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <Failed error={asked.error} reset={() => void asked.refetch()} />;
  return (
    <>
      <Text size="sm">{t("peersNote")}</Text>
      <Listing
        caption={t("peers")}
        isQuiet
        rows={asked.data}
        name={(peer) => peer.name}
        empty={t("noPeers")}
        columns={[
          { head: t("name"), cell: (peer) => <bdi>{peer.name}</bdi> },
          { head: t("title"), cell: (peer) => peer.title || "—", figure: true },
          { head: t("address"), cell: (peer) => peer.address ?? "—", figure: true },
          { head: t("uses"), cell: (peer) => peer.uses.join(", "), figure: true },
          { head: t("echo"), cell: (peer) => <EchoTest peer={peer.name} /> },
        ]}
      />
    </>
  );
}

function EchoTest({ peer }: { peer: string }) {
  const { t } = useTranslation("admin");
  const asking = useMutation({ mutationFn: () => echo(peer) });
  const answer = asking.data;
  return (
    <>
      <Button size="compact-xs" variant="default" loading={asking.isPending} aria-label={`${t("echo")} ${peer}`} onClick={() => asking.mutate()}>
        {t("echo")}
      </Button>
      <Text size="sm" role="status">
        {answer ? t(answer.ok ? "answered" : "silent", { ms: answer.took_ms, why: answer.why ?? "" }) : null}
      </Text>
      {asking.error ? <Failed error={asking.error} /> : null}
    </>
  );
}
