import { Button, NumberInput, Text, TextInput } from "@mantine/core";
import "@mantine/core/styles/NumberInput.css";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import style from "./admin.module.css";
import { auditPage } from "./asks";
import { LogRecords } from "./LogRecords";
import { searchBack } from "./searchBack";
import { Verification } from "./Verification";

/** Records on one page. */
const PAGE = 100;

/** The audit log: read page by page, searched, and verified. */
export function Audit() {
  const { t } = useTranslation("admin");
  const [from, setFrom] = useState<number>();
  const asked = useQuery({
    queryKey: ["admin", "audit", from],
    queryFn: () => auditPage(from, PAGE),
    placeholderData: keepPreviousData,
  });
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <Failed error={asked.error} reset={() => void asked.refetch()} />;
  const { records, total } = asked.data;
  const first = records[0]?.place ?? 0;
  const last = records.at(-1)?.place ?? 0;
  return (
    <>
      <Verification />
      <Search from={last} />
      <div className={style.row}>
        <Button variant="default" disabled={first === 0} onClick={() => setFrom(Math.max(0, first - PAGE))}>
          {t("older")}
        </Button>
        <Button variant="default" disabled={last + 1 >= total} onClick={() => setFrom(last + 1)}>
          {t("newer")}
        </Button>
        <GoTo total={total} go={setFrom} />
        <Text size="sm" c="dimmed" role="status">
          <span className="figure">{`${first} – ${last} / ${total}`}</span>
        </Text>
      </div>
      {asked.error ? <Failed error={asked.error} /> : null}
      <LogRecords records={records.toReversed()} />
    </>
  );
}

function GoTo({ total, go }: { total: number; go: (place: number) => void }) {
  const { t } = useTranslation("admin");
  const [place, setPlace] = useState<string | number>("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typeof place === "number") go(place);
  };
  return (
    <form className={style.row} onSubmit={submit}>
      <NumberInput label={t("goTo")} w={130} min={0} max={Math.max(0, total - 1)} hideControls value={place} onChange={setPlace} />
      <Button type="submit" variant="default">
        {t("go")}
      </Button>
    </form>
  );
}

function Search({ from }: { from: number }) {
  const { t } = useTranslation("admin");
  const [text, setText] = useState("");
  const searching = useMutation({ mutationFn: () => searchBack(text, from, auditPage) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) searching.mutate();
  };
  const found = searching.data;
  return (
    <form className={style.card} role="search" onSubmit={submit}>
      <div className={style.row}>
        <TextInput label={t("searchLog")} w={320} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <Button type="submit" variant="default" loading={searching.isPending}>
          {t("searchAll")}
        </Button>
        <Text size="sm" role="status">
          {found ? t("searched", { found: found.records.length, looked: found.looked, place: found.place }) : null}
        </Text>
      </div>
      {searching.error ? <Failed error={searching.error} /> : null}
      {found ? <LogRecords records={found.records} /> : null}
    </form>
  );
}
