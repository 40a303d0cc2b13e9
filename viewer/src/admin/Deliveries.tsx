import { Button, NativeSelect, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import style from "./admin.module.css";
import { JOBS, deliveries } from "./asks";
import { Bar } from "./Bar";
import type { Delivery } from "./forms";
import { Listing } from "./Listing";
import { Moment } from "./Moment";
import { Steer } from "./Steer";

const STATES = ["pending", "failed", "delivered"];

/** What is over needs nothing any more. */
const OVER = ["delivered", "cancelled"];

/** Results on their way to each destination. */
export function Deliveries() {
  const { t } = useTranslation("admin");
  const [state, setState] = useState("");
  const [destination, setDestination] = useState("");
  const [offset, setOffset] = useState(0);
  const asked = useQuery(deliveries(state, offset));
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <Failed error={asked.error} reset={() => void asked.refetch()} />;
  const { deliveries: rows, total } = asked.data;
  const destinations = [...new Set(rows.map((one) => one.destination))].toSorted();
  const turn = (to: string) => {
    setState(to);
    setOffset(0);
  };
  return (
    <>
      {asked.error ? <Failed error={asked.error} /> : null}
      <PerDestination rows={rows} destinations={destinations} />
      <div className={style.row}>
        <NativeSelect
          label={t("state")}
          value={state}
          onChange={(event) => turn(event.currentTarget.value)}
          data={[{ value: "", label: t("all") }, ...STATES.map((value) => ({ value, label: t(`state_${value}`, value) }))]}
        />
        <NativeSelect
          label={t("destination")}
          value={destination}
          onChange={(event) => setDestination(event.currentTarget.value)}
          data={[{ value: "", label: t("all") }, ...destinations]}
        />
        <Button variant="default" disabled={offset === 0} onClick={() => setOffset(offset - JOBS)}>
          {t("newer")}
        </Button>
        <Button variant="default" disabled={offset + rows.length >= total} onClick={() => setOffset(offset + JOBS)}>
          {t("older")}
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {t("shown", { shown: rows.length, total })}
        </Text>
      </div>
      <Table rows={rows.filter((one) => !destination || one.destination === destination)} />
    </>
  );
}

function PerDestination({ rows, destinations }: { rows: readonly Delivery[]; destinations: string[] }) {
  const { t } = useTranslation("admin");
  const count = (destination: string, ...states: string[]) =>
    rows.filter((one) => one.destination === destination && states.includes(one.state)).length;
  return (
    <Listing
      caption={t("perDestination")}
      rows={destinations}
      name={(destination) => destination}
      empty={t("noDeliveries")}
      columns={[
        { head: t("destination"), cell: (destination) => <bdi>{destination}</bdi> },
        { head: t("state_delivered"), cell: (destination) => count(destination, "delivered"), figure: true },
        { head: t("state_waiting"), cell: (destination) => count(destination, "waiting", "pending"), figure: true },
        { head: t("state_failed"), cell: (destination) => count(destination, "failed"), figure: true },
        {
          head: "",
          cell: (destination) => (
            <Bar
              whole={rows.length}
              parts={[
                { amount: count(destination, "delivered"), mark: "full" },
                { amount: count(destination, "waiting", "pending"), mark: "empty" },
                { amount: count(destination, "failed"), mark: "striped" },
              ]}
            />
          ),
        },
      ]}
    />
  );
}

function Table({ rows }: { rows: readonly Delivery[] }) {
  const { t } = useTranslation("admin");
  const orders = (one: Delivery) =>
    (OVER.includes(one.state) ? [] : (["retry", "cancel"] as const)).map((word) => ({
      word,
      number: one.id,
      address: `/api/v1/admin/deliveries/${one.id}/${word}`,
    }));
  return (
    <Listing
      caption={t("deliveries")}
      isQuiet
      rows={rows}
      name={(one) => one.id}
      empty={t("noDeliveries")}
      columns={[
        { head: t("number"), cell: (one) => one.id, figure: true },
        { head: t("destination"), cell: (one) => <bdi>{one.destination}</bdi> },
        { head: t("kind"), cell: (one) => t(`kind_${one.kind}`, one.kind) },
        { head: t("state"), cell: (one) => t(`state_${one.state}`, one.state) },
        { head: t("attempt"), cell: (one) => one.attempt, figure: true },
        { head: t("lastError"), cell: (one) => <bdi>{one.last_error ?? "—"}</bdi> },
        { head: t("patient"), cell: (one) => <span className={style.code}>{one.patient}</span>, figure: true },
        { head: t("changed"), cell: (one) => <Moment ms={one.changed_ms} /> },
        { head: t("actions"), cell: (one) => <Steer orders={orders(one)} stale={["admin", "deliveries"]} /> },
      ]}
    />
  );
}
