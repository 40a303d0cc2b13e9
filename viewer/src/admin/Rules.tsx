import { Button, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import style from "./admin.module.css";
import { rehearse, rules } from "./asks";
import type { Rehearsal, Rule } from "./forms";
import { Listing } from "./Listing";

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
        {asked.data.map((rule) => (
          <RuleCard key={rule.name} rule={rule} />
        ))}
      </div>
    </>
  );
}

function RuleCard({ rule }: { rule: Rule }) {
  const { t } = useTranslation("admin");
  const parts: [string, string][] = [
    [t("conditions"), rule.conditions.join("; ") || t("noConditions")],
    [t("action_of"), t(`action_${rule.action}`, rule.action)],
    [t("destination"), rule.destinations.join(", ")],
    [t("model"), rule.model ?? ""],
  ];
  return (
    <section className={style.card} aria-label={`${t("rule")} ${rule.name}`}>
      <h2>
        <bdi>{rule.name}</bdi>
      </h2>
      <dl className={style.pairs}>
        {parts.filter(([, value]) => value).map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi>
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
  const action = t(`action_${said.action}`, said.action);
  return (
    <>
      <Text fw={600}>
        {said.fired ? t("fired", { rule: said.fired, action }) : t("notFired", { action })}
        {said.destinations.length > 0 ? ` → ${said.destinations.join(", ")}` : null}
      </Text>
      <Listing
        caption={t("testRule")}
        isQuiet
        rows={said.why}
        name={(opinion) => opinion.rule}
        empty={t("noRules")}
        columns={[
          { head: t("rule"), cell: (opinion) => <bdi>{opinion.rule}</bdi> },
          { head: t("state"), cell: (opinion) => t(opinion.matches ? "matches" : "differs") },
          { head: t("holds"), cell: (opinion) => <bdi>{opinion.holds.join("; ") || "—"}</bdi> },
          { head: t("fails"), cell: (opinion) => <bdi>{opinion.fails.join("; ") || "—"}</bdi> },
        ]}
      />
    </>
  );
}
