import { Button, NativeSelect } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Sitting } from "./sitting";
import type { Lesion, Region } from "./forms";
import style from "./review.module.css";
import { LABELS } from "./view";

const REGIONS: readonly Region[] = LABELS.map(({ region }) => region);

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
  const [from, setFrom] = useState<Region>("et");
  const [to, setTo] = useState<Region | "">("netc");
  const [other, setOther] = useState("");
  const track = lesion.track ?? "";
  const others = lesions.filter((one) => one.track && one.track !== track);
  const partner = others.find((one) => one.track === other) ?? others[0];
  const options = REGIONS.map((value) => ({ value, label: t(`region_${value}`) }));
  const chosen = (value: string) => REGIONS.find((region) => region === value);
  return (
    <fieldset className={style.corrections} disabled={isReadOnly}>
      <legend>{t("correct", { name: lesion.name })}</legend>
      <div className={style.group}>
        <NativeSelect size="xs" aria-label={t("from")} value={from} onChange={(event) => setFrom(chosen(event.currentTarget.value) ?? "et")} data={options} />
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
      {partner?.track ? (
        <div className={style.group}>
          <NativeSelect size="xs" aria-label={t("mergeWith")} value={partner.track} onChange={(event) => setOther(event.currentTarget.value)} data={others.map((one) => ({ value: one.track ?? "", label: one.name }))} />
          <Button size="compact-sm" variant="default" disabled={isReadOnly} onClick={() => void desk.correct({ op: "merge", tracks: [track, partner.track ?? ""] })}>
            {t("merge")}
          </Button>
        </div>
      ) : null}
    </fieldset>
  );
}
