import { Button, Checkbox, NativeSelect, Text, TextInput } from "@mantine/core";
import "@mantine/core/styles/Checkbox.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import style from "./admin.module.css";
import { ASSIGNMENTS, assignments, endAssignment, users } from "./asks";
import { Listing } from "./Listing";
import { Days, Moment } from "./Moment";
import { NewAssignments } from "./NewAssignments";
import { StepUp } from "./StepUp";

/** Rows drawn at first, and added at each wish for more. */
const ROWS = 100;
const STATES = ["active", "planned", "over", "revoked"];

type Row = Forms["AssignmentDto"];

/** Who cares for whom: made, looked through, ended. */
export function Assignments() {
  const { t } = useTranslation("admin");
  const [offset, setOffset] = useState(0);
  const asked = useQuery(assignments(offset));
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <Failed error={asked.error} reset={() => void asked.refetch()} />;
  const { total } = asked.data;
  return (
    <>
      <StepUp />
      <NewAssignments />
      <Found rows={asked.data.assignments} total={total} />
      {total > ASSIGNMENTS ? (
        <div className={style.row}>
          <Button variant="default" disabled={offset === 0} onClick={() => setOffset(offset - ASSIGNMENTS)}>
            {t("newer")}
          </Button>
          <Button variant="default" disabled={offset + ASSIGNMENTS >= total} onClick={() => setOffset(offset + ASSIGNMENTS)}>
            {t("older")}
          </Button>
        </div>
      ) : null}
    </>
  );
}

/** Those that end come first, the soonest at the top. */
function byEnd(a: Row, b: Row): number {
  return (a.until_ms ?? Number.MAX_SAFE_INTEGER) - (b.until_ms ?? Number.MAX_SAFE_INTEGER);
}

function Found({ rows, total }: { rows: readonly Row[]; total: number }) {
  const { t } = useTranslation("admin");
  const [text, setText] = useState("");
  const [state, setState] = useState("active");
  const [isByEnd, setByEnd] = useState(false);
  const [count, setCount] = useState(ROWS);
  const fitting = rows.filter(
    (row) => (!state || row.state === state) && `${row.person} ${row.patient}`.toLowerCase().includes(text.toLowerCase()),
  );
  const ordered = isByEnd ? fitting.toSorted(byEnd) : fitting;
  return (
    <>
      <div className={style.row}>
        <TextInput label={t("filter")} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <NativeSelect
          label={t("state")}
          value={state}
          onChange={(event) => setState(event.currentTarget.value)}
          data={[{ value: "", label: t("all") }, ...STATES.map((value) => ({ value, label: t(`state_${value}`) }))]}
        />
        <Checkbox label={t("endsFirst")} checked={isByEnd} onChange={(event) => setByEnd(event.currentTarget.checked)} />
        <Text size="sm" c="dimmed" role="status">
          {t("shown", { shown: fitting.length, total })}
        </Text>
      </div>
      <Table rows={ordered.slice(0, count)} />
      {ordered.length > count ? (
        <Button variant="default" onClick={() => setCount(count + ROWS)}>
          {t("more")}
        </Button>
      ) : null}
    </>
  );
}

function Table({ rows }: { rows: readonly Row[] }) {
  const { t } = useTranslation("admin");
  const people = useQuery(users).data ?? [];
  const name = (person: string) => people.find((one) => one.person === person)?.name || person.split("#").at(-1);
  const source = (row: Row) => {
    const by = row.made_by ? name(row.made_by) : t("operator");
    return row.delegated_from ? t("delegated", { who: by }) : by;
  };
  return (
    <Listing
      caption={t("assignments")}
        isQuiet
      rows={rows}
      name={(row) => row.assignment}
      empty={t("noAssignments")}
      columns={[
        { head: t("person"), cell: (row) => <bdi>{name(row.person)}</bdi> },
        { head: t("patient"), cell: (row) => <span className={style.code}>{row.patient}</span>, figure: true },
        { head: t("state"), cell: (row) => t(`state_${row.state}`, row.state) },
        { head: t("from"), cell: (row) => <Moment ms={row.from_ms} /> },
        { head: t("until"), cell: (row) => (row.until_ms ? <Moment ms={row.until_ms} /> : t("noEnd")) },
        { head: "", cell: (row) => (row.until_ms && row.state === "active" ? <Days ms={row.until_ms} /> : null) },
        { head: t("madeBy"), cell: (row) => <bdi>{source(row)}</bdi> },
        { head: t("actions"), cell: (row) => <End row={row} person={name(row.person) ?? row.person} /> },
      ]}
    />
  );
}

function End({ row, person }: { row: Row; person: string }) {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const ending = useMutation({
    mutationFn: () => endAssignment(row.assignment),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["admin", "assignments"] }),
  });
  if (row.state === "revoked" || row.state === "over") return null;
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        loading={ending.isPending}
        aria-label={t("endOf", { person, patient: row.patient })}
        onClick={() => ending.mutate()}
      >
        {t("end")}
      </Button>
      {ending.error ? <Failed error={ending.error} /> : null}
    </>
  );
}
