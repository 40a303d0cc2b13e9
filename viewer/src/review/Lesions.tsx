import { Button, NativeSelect, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Corrections } from "./Corrections";
import type { Sitting } from "./sitting";
import { type Decision, type Lesion, type Review, type Said, trackOf } from "./forms";
import type { Pen } from "./pen";
import { ReasonField } from "./ReasonField";
import style from "./review.module.css";

const DECISIONS: readonly Decision[] = ["accept", "amend", "reject"];

interface Given {
  desk: Sitting;
  pen: Pen;
  chosen: string | undefined;
  show: (lesion: Lesion) => void;
  isReadOnly: boolean;
  split: () => void;
}

/** The lesions, and what is said of each. */
export function Lesions({ desk, pen, chosen, show, isReadOnly, split }: Given) {
  const { t } = useTranslation("review");
  const { review, draft } = desk.written;
  const { lesions } = review.measured;
  const say = (said: Said) => pen.write({ lesions: [...draft.lesions.filter((one) => one.track !== said.track), said] });
  const isOpen = (lesion: Lesion) => !draft.lesions.some((one) => one.track === trackOf(lesion));
  const open = lesions.filter(isOpen);
  const acceptAll = () => {
    const more = open.map((lesion) => ({ track: trackOf(lesion), decision: "accept" as const, reason: "" }));
    pen.write({ lesions: [...draft.lesions, ...more] });
  };
  return (
    <section className={style.part} aria-labelledby="lesions">
      <h2 id="lesions">
        {t("lesions")} <span className="figure">({lesions.length})</span>
      </h2>
      {lesions.length === 0 ? <Text c="dimmed">{t("noLesions")}</Text> : null}
      <ul className={style.lesions} tabIndex={0} aria-label={t("lesions")}>
        {lesions.map((lesion) => (
          <li key={lesion.index} data-chosen={trackOf(lesion) === chosen}>
            <Row lesion={lesion} said={draft.lesions.find((one) => one.track === trackOf(lesion))} show={show} say={say} isReadOnly={isReadOnly} review={review} />
            {trackOf(lesion) === chosen ? (
              <Corrections lesion={lesion} lesions={lesions} desk={desk} isReadOnly={isReadOnly} split={split} />
            ) : null}
          </li>
        ))}
      </ul>
      {open.length > 1 ? (
        <Button size="compact-sm" variant="default" disabled={isReadOnly} onClick={acceptAll}>
          {`${t("acceptAll")} (${open.length})`}
        </Button>
      ) : null}
    </section>
  );
}

interface RowGiven {
  lesion: Lesion;
  said: Said | undefined;
  review: Review;
  show: (lesion: Lesion) => void;
  say: (said: Said) => void;
  isReadOnly: boolean;
}

function Row({ lesion, said, review, show, say, isReadOnly }: RowGiven) {
  const { t } = useTranslation("review");
  const { name } = lesion;
  const track = trackOf(lesion);
  // The node measures what the human drew; until then it is what was found.
  const measured = review.draft?.diameters.find((one) => one.track === track) ?? lesion.diameters;
  const size = measured ? t("longShort", { long: measured.long_mm.toFixed(1), short: measured.short_mm.toFixed(1) }) : t("noDiameters");
  const decide = (value: string) => {
    const decision = DECISIONS.find((one) => one === value);
    if (decision) say({ track, decision, reason: said?.reason ?? "" });
  };
  return (
    <>
      <div className={style.lesion}>
        <button type="button" className={style.name} aria-label={t("showOf", { name })} onClick={() => show(lesion)}>
          <bdi>{name}</bdi>
        </button>
        <span>
          {t("core")} <span className="figure">{`${lesion.volumes_cm3.tc.toFixed(2)} cm³`}</span>
        </span>
        <span className={measured ? "figure" : undefined}>{size}</span>
        <NativeSelect
          size="xs"
          w={140}
          aria-label={t("decision", { name })}
          disabled={isReadOnly}
          value={said?.decision ?? ""}
          onChange={(event) => decide(event.currentTarget.value)}
          data={[{ value: "", label: `? ${t("undecided")}`, disabled: said !== undefined }, ...DECISIONS.map((value) => ({ value, label: t(`said_${value}`) }))]}
        />
      </div>
      {said && said.decision !== "accept" ? (
        <ReasonField label={t("reasonOf", { name })} value={said.reason} isReadOnly={isReadOnly} change={(reason) => say({ ...said, reason })} />
      ) : null}
    </>
  );
}
