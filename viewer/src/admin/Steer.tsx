import { Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { bytes, send } from "../api/client";
import { Failed } from "../shell/Failed";

/** A word to something that runs: where it is said, and to what. */
export interface Order {
  word: "retry" | "cancel" | "release";
  number: number;
  address: string;
}

/** Buttons that retry, cancel or release; the lists that are stale afterwards are asked again. */
export function Steer({ orders, stale }: { orders: readonly Order[]; stale: readonly string[] }) {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const steering = useMutation({
    mutationFn: (order: Order) => bytes(order.address, send("POST")),
    onSettled: () => queries.invalidateQueries({ queryKey: stale }),
  });
  return (
    <>
      <Group gap={6} wrap="nowrap">
        {orders.map((order) => (
          <Button
            key={order.word}
            size="compact-xs"
            variant="default"
            loading={steering.isPending && steering.variables.word === order.word}
            aria-label={`${t(order.word)} ${order.number}`}
            onClick={() => steering.mutate(order)}
          >
            {t(order.word)}
          </Button>
        ))}
      </Group>
      {steering.error ? <Failed error={steering.error} /> : null}
    </>
  );
}
