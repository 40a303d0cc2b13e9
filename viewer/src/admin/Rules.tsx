import { Button, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import style from "./admin.module.css";
import { rehearse, rules } from "./asks";
import type { Rehearsal } from "./forms";

/** Which studies are analysed and how, and what the rules would do with one. */
export function Rules() {
  const { t } = useTranslation("admin");
  const asked = useQuery(rules);
  if (asked.isPending) return <Loading />;
  if (!asked.data) return <Failed error={asked.error} reset={() => void asked.refetch()} />;
  return (
    <>
      <Tester />
      {asked.data.length === 0 ? <Text c="dimmed">{t("noRules")}</Text> : null}
      <div className={style.cards}>
        {asked.data.map((rule, n) => (
          <Rule key={n} number={n + 1} rule={rule} />
        ))}
      </div>
    </>
  );
}

/** A value of a rule as text. */
function text(value: unknown): string {
  if (Array.isArray(value)) return value.map(text).join("; ");
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  return String(value ?? "—");
}

function Rule({ rule, number }: { rule: unknown; number: number }) {
  const { t } = useTranslation("admin");
  const parts = typeof rule === "object" && rule !== null ? Object.entries(rule) : [[t("rule"), rule] as const];
  return (
    <section className={style.card} aria-label={`${t("rule")} ${number}`}>
      <dl className={`figure ${style.pairs}`}>
        {parts.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>
              <bdi>{text(value)}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Tester() {
  const { t } = useTranslation("admin");
  const [study, setStudy] = useState("");
  const trying = useMutation({ mutationFn: () => rehearse(study.trim()) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    trying.mutate();
  };
  return (
    <form className={style.card} onSubmit={submit}>
      <h2>{t("testRule")}</h2>
      <div className={style.row}>
        <TextInput label={t("studyUid")} dir="ltr" w={420} required value={study} onChange={(event) => setStudy(event.currentTarget.value)} />
        <Button type="submit" loading={trying.isPending}>
          {t("test")}
        </Button>
      </div>
      <div role="status">{trying.data ? <Said said={trying.data} /> : null}</div>
      {trying.error ? <Failed error={trying.error} /> : null}
    </form>
  );
}

function Said({ said }: { said: Rehearsal }) {
  const { t } = useTranslation("admin");
  const named = typeof said.fired === "string" ? t("fired", { rule: said.fired }) : t("firedAny");
  return (
    <>
      <Text fw={600}>{said.fired ? named : t("notFired")}</Text>
      <ul>
        {said.why.map((why) => (
          <li key={why}>
            <bdi>{why}</bdi>
          </li>
        ))}
      </ul>
    </>
  );
}
