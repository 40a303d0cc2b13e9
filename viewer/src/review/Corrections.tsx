import { Button, NativeSelect } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Sitting } from "./sitting";
import { type Lesion, type Region, trackOf } from "./forms";
import style from "./review.module.css";
import { LABELS } from "./view";

interface Given {
  lesion: Lesion;
  lesions: readonly Lesion[];
  desk: Sitting;
  isReadOnly: boolean;
  split: () => void;
}

/** Changes to one lesion that the node makes: another region, none, two, or one with another. */
export function Corrections({ lesion, lesions, desk, isReadOnly, split }: Given) {
  const { t } = useTranslation("review");
  const [from, setFrom] = useState<Region>("ET");
  const [to, setTo] = useState<Region | "">("NETC");
  const [other, setOther] = useState("");
  const track = trackOf(lesion);
  const others = lesions.filter((one) => trackOf(one) !== track);
  const partner = others.find((one) => trackOf(one) === other) ?? others[0];
  const options = LABELS.map(({ word, region }) => ({ value: word as string, label: t(`region_${region}`) }));
  const chosen = (value: string) => LABELS.find(({ word }) => word === value)?.word;
  return (
    <fieldset className={style.corrections} disabled={isReadOnly}>
      <legend>{t("correct", { name: lesion.name })}</legend>
      <div className={style.group}>
        <NativeSelect size="xs" aria-label={t("from")} value={from} onChange={(event) => setFrom(chosen(event.currentTarget.value) ?? "ET")} data={options} />
        <span aria-hidden="true">›</span>
        <NativeSelect size="xs" aria-label={t("to")} value={to} onChange={(event) => setTo(chosen(event.currentTarget.value) ?? "")} data={[...options, { value: "", label: t("none") }]} />
        <Button size="compact-sm" variant="default" disabled={isReadOnly} onClick={() => void desk.correct({ op: "relabel", track, from, to: to || null })}>
          {t("relabel")}
        </Button>
      </div>
      <div className={style.group}>
        <Button size="compact-sm" variant="default" disabled={isReadOnly} onClick={split}>
          {t("split")}
        </Button>
        <Button size="compact-sm" variant="default" disabled={isReadOnly} onClick={() => void desk.correct({ op: "remove", track })}>
          {t("remove")}
        </Button>
      </div>
      {partner ? (
        <div className={style.group}>
          <NativeSelect size="xs" aria-label={t("mergeWith")} value={trackOf(partner)} onChange={(event) => setOther(event.currentTarget.value)} data={others.map((one) => ({ value: trackOf(one), label: one.name }))} />
          <Button size="compact-sm" variant="default" disabled={isReadOnly} onClick={() => void desk.correct({ op: "merge", tracks: [track, trackOf(partner)] })}>
            {t("merge")}
          </Button>
        </div>
      ) : null}
    </fieldset>
  );
}
