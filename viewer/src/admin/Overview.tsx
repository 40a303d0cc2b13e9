import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import style from "./admin.module.css";
import { overview } from "./asks";
import { Bar } from "./Bar";
import type { Overview as Seen } from "./forms";
import { Listing } from "./Listing";
import { Days, Moment } from "./Moment";

const GB = 1e9;
const round = (bytes: number) => (bytes / GB).toFixed(0);

/** How the node is: health, disk, queues, workers, certificates. */
export function Overview() {
  const { t } = useTranslation("admin");
  const asked = useQuery(overview);
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <Failed error={asked.error} reset={() => void asked.refetch()} />;
  const seen = asked.data;
  return (
    <>
      {asked.error ? <Failed error={asked.error} /> : null}
      <div className={style.cards}>
        <Health health={seen.health} version={seen.version} />
        <Disk disk={seen.disk} />
        <Queues queues={seen.queues} />
        <div className={style.card}>
          <Listing
            caption={t("workers")}
            rows={seen.workers.map((worker, n) => ({ ...worker, number: n + 1 }))}
            name={(worker) => worker.number}
            empty="—"
            columns={[
              { head: t("worker"), cell: (worker) => worker.number, figure: true },
              { head: t("state"), cell: (worker) => t(`state_${worker.state}`, worker.state) },
              { head: t("job"), cell: (worker) => worker.job ?? "—", figure: true },
              { head: t("stage"), cell: (worker) => worker.stage ?? "—", figure: true },
            ]}
          />
        </div>
      </div>
      <Certificates certificates={seen.certificates} />
    </>
  );
}

function Health({ health, version }: { health: Seen["health"]; version: string }) {
  const { t } = useTranslation("admin");
  return (
    <div className={style.card}>
      <h2>{t("health")}</h2>
      <Text fw={600}>{health.ready ? t("ready") : t("notReady")}</Text>
      {health.troubles.map((trouble) => (
        <Text key={trouble} size="sm" dir="auto">{`✕ ${trouble}`}</Text>
      ))}
      {health.degraded.length > 0 ? <Text size="sm">{t("degraded")}</Text> : null}
      {health.degraded.map((less) => (
        <Text key={less} size="sm" dir="auto">{`! ${less}`}</Text>
      ))}
      <Text size="xs" c="dimmed">
        {t("nodeVersion", { version })}
      </Text>
    </div>
  );
}

function Disk({ disk }: { disk: Seen["disk"] }) {
  const { t } = useTranslation("admin");
  const used = disk.total_bytes - disk.free_bytes;
  return (
    <div className={style.card}>
      <h2>{t("disk")}</h2>
      <Bar
        parts={[{ amount: used, mark: "full" }]}
        whole={disk.total_bytes}
        at={disk.total_bytes - disk.watermark_bytes}
      />
      <Text size="sm">
        {t("diskFree", { free: round(disk.free_bytes), total: round(disk.total_bytes) })}
      </Text>
      <Text size="xs" c="dimmed">
        {t("watermark", { mark: round(disk.watermark_bytes) })}
      </Text>
    </div>
  );
}

function Queues({ queues }: { queues: Seen["queues"] }) {
  const { t } = useTranslation("admin");
  const whole = Math.max(1, ...queues.map((queue) => queue.waiting + queue.running + queue.failed));
  return (
    <div className={style.card}>
      <Listing
        caption={t("queues")}
        rows={queues}
        name={(queue) => queue.name}
        empty="—"
        columns={[
          { head: t("queue"), cell: (queue) => t(`queue_${queue.name}`, queue.name) },
          { head: t("running"), cell: (queue) => queue.running, figure: true },
          { head: t("waiting"), cell: (queue) => queue.waiting, figure: true },
          { head: t("failed"), cell: (queue) => queue.failed, figure: true },
          {
            head: "",
            cell: (queue) => (
              <Bar
                whole={whole}
                parts={[
                  { amount: queue.running, mark: "full" },
                  { amount: queue.waiting, mark: "empty" },
                  { amount: queue.failed, mark: "striped" },
                ]}
              />
            ),
          },
        ]}
      />
    </div>
  );
}

function Certificates({ certificates }: { certificates: Seen["certificates"] }) {
  const { t } = useTranslation("admin");
  return (
    <Listing
      caption={t("certificates")}
      rows={certificates}
      name={(certificate) => certificate.what + certificate.subject}
      empty="—"
      columns={[
        { head: t("certificate"), cell: (certificate) => certificate.what },
        { head: t("subject"), cell: (certificate) => <bdi>{certificate.subject}</bdi> },
        { head: t("ends"), cell: (certificate) => <Moment ms={certificate.not_after_ms} /> },
        {
          head: "",
          cell: ({ not_after_ms }) =>
            not_after_ms < Date.now() ? <b>{t("expired")}</b> : <Days ms={not_after_ms} />,
        },
      ]}
    />
  );
}
