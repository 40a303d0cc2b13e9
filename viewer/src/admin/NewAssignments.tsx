import { Button, NativeSelect, Text, TextInput, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";
import { Failed } from "../shell/Failed";
import style from "./admin.module.css";
import { assign, users } from "./asks";
import { WISHES_MAX, type Wishes, spread } from "./wishes";

const EMPTY: Wishes = { patients: "", namedBy: "id", issuer: "", people: [], from: "", until: "" };

interface Outcome {
  patient: string;
  person: string;
  why: string | undefined;
}

/** Makes assignments for several patients and people at one time. */
export function NewAssignments() {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [form, setForm] = useState(EMPTY);
  const [outcomes, setOutcomes] = useState<Outcome[]>([]);
  const [stop, setStop] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const wishes = spread(form);
  const change = (part: Partial<Wishes>) => setForm({ ...form, ...part });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setStop(undefined);
    const done: Outcome[] = [];
    for (const wish of wishes) {
      const patient = wish.patient_id ?? wish.patient ?? "";
      try {
        await assign(wish);
        done.push({ patient, person: wish.person, why: undefined });
      } catch (error) {
        // A refusal of one pair leaves the others; anything else would be refused again and again.
        if (!(error instanceof Problem) || error.remedy !== "none") {
          setStop(error as Error);
          break;
        }
        done.push({ patient, person: wish.person, why: error.message });
      }
      setOutcomes([...done]);
    }
    setBusy(false);
    if (done.length === wishes.length && done.every((one) => !one.why)) setForm(EMPTY);
    await queries.invalidateQueries({ queryKey: ["admin", "assignments"] });
  };
  return (
    <form className={style.card} onSubmit={(event) => void submit(event)}>
      <h2>{t("makeAssignments")}</h2>
      <Fields form={form} change={change} />
      <div className={style.row}>
        <Button type="submit" loading={isBusy} disabled={wishes.length === 0 || wishes.length > WISHES_MAX}>
          {t("make", { count: wishes.length })}
        </Button>
        {wishes.length > WISHES_MAX ? <Text size="sm">{t("tooMany", { count: WISHES_MAX })}</Text> : null}
      </div>
      {stop ? <Failed error={stop} /> : null}
      <Outcomes outcomes={outcomes} />
    </form>
  );
}

function Fields({ form, change }: { form: Wishes; change: (part: Partial<Wishes>) => void }) {
  const { t } = useTranslation("admin");
  return (
    <div className={style.fields}>
      <Textarea label={t("patientsField")} rows={7} dir="ltr" value={form.patients} onChange={(event) => change({ patients: event.currentTarget.value })} />
      <div className={style.section} style={{ padding: 0, gap: 8 }}>
        <NativeSelect
          label={t("namedBy")}
          value={form.namedBy}
          onChange={(event) => change({ namedBy: event.currentTarget.value === "id" ? "id" : "pseudonym" })}
          data={[{ value: "id", label: t("byId") }, { value: "pseudonym", label: t("byPseudonym") }]}
        />
        {form.namedBy === "id" ? (
          <TextInput label={t("issuer")} dir="ltr" value={form.issuer} onChange={(event) => change({ issuer: event.currentTarget.value })} />
        ) : null}
        <div className={style.row}>
          <TextInput type="date" label={t("from")} value={form.from} onChange={(event) => change({ from: event.currentTarget.value })} />
          <TextInput type="date" label={t("until")} min={form.from} value={form.until} onChange={(event) => change({ until: event.currentTarget.value })} />
        </div>
      </div>
      <People chosen={form.people} change={(people) => change({ people })} />
    </div>
  );
}

function People({ chosen, change }: { chosen: readonly string[]; change: (people: string[]) => void }) {
  const { t } = useTranslation("admin");
  const [text, setText] = useState("");
  const asked = useQuery(users);
  const everybody = (asked.data ?? []).filter((user) => !user.disabled_ms);
  const fitting = everybody.filter(
    (user) => chosen.includes(user.person) || `${user.name} ${user.person}`.toLowerCase().includes(text.toLowerCase()),
  );
  const toggle = (person: string) =>
    change(chosen.includes(person) ? chosen.filter((one) => one !== person) : [...chosen, person]);
  return (
    <div>
      <TextInput label={t("findPerson")} mb={6} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      {asked.error ? <Failed error={asked.error} /> : null}
      <fieldset className={style.people}>
        <legend>{t("persons")}</legend>
        {fitting.map((user) => (
          <label key={user.person}>
            <input type="checkbox" checked={chosen.includes(user.person)} onChange={() => toggle(user.person)} />
            <span>
              <bdi>{user.name || t("noName")}</bdi> <bdi className={style.code}>{user.person.split("#").at(-1)}</bdi>
            </span>
          </label>
        ))}
      </fieldset>
    </div>
  );
}

function Outcomes({ outcomes }: { outcomes: readonly Outcome[] }) {
  const { t } = useTranslation("admin");
  if (outcomes.length === 0) return null;
  const refused = outcomes.filter((one) => one.why !== undefined);
  return (
    <div role="status">
      <Text size="sm">{t("madeOf", { made: outcomes.length - refused.length, total: outcomes.length })}</Text>
      {refused.map((one) => (
        <Text key={`${one.patient} ${one.person}`} size="sm">
          ✕ <bdi>{one.patient}</bdi> · <bdi>{one.person.split("#").at(-1)}</bdi>: {t("refused")}: <bdi>{one.why}</bdi>
        </Text>
      ))}
    </div>
  );
}
