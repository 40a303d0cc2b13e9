import { useTranslation } from "react-i18next";
import { Button } from "@mantine/core";
import { useReason } from "./Arriving";
import classes from "./Compare.module.css";
import { Registration } from "./Registration";
import type { Point } from "./grid";
import type { Edges } from "./letters";
import { letters as lettersOf } from "./letters";
import { type Screened, mmPerPixel } from "./moves";
import type { Plane } from "./planes";
import { bar, length } from "./scale";
import type { Channel, Timepoint } from "./scene";
import type { Progress } from "./volumes";

/** The value under the pointer. */
export interface Readout {
  readonly lps: Point;
  readonly value: number;
}

/** What is written over a view: whose and what image, which way it lies, how large it is. */
export function Marks(props: {
  readonly timepoint: Timepoint | undefined;
  readonly isCurrent: boolean;
  readonly isMixed: boolean;
  readonly channel: Channel;
  readonly plane: Plane;
  readonly letters: Edges | undefined;
  readonly screened: Screened;
  readonly slice: number;
  readonly position: { letter: string; mm: number };
  readonly shown: { lower: number; upper: number } | undefined;
  readonly readout: Readout | undefined;
  readonly map: Progress | undefined;
  readonly onAgain: () => void;
}) {
  const { t } = useTranslation("compare");
  const reason = useReason();
  const { timepoint, screened, letters, position, shown, readout } = props;
  const count = screened.grid.size[screened.face.axis];
  const scale = bar(mmPerPixel(screened), Math.min(screened.width, screened.height));
  return (
    <div className={`${classes.marks} figure`}>
      <div className={classes.topLeft}>
        {props.isMixed ? (
          <bdi className={classes.strong}>{t("mixed")}</bdi>
        ) : (
          <>
            <bdi className={classes.strong}>
              {t("timepoint", { number: (timepoint?.index ?? 0) + 1 })}
              {props.isCurrent ? ` · ${t("current")}` : ""}
            </bdi>
            <span data-date>{timepoint?.date ?? t("noDate")}</span>
          </>
        )}
        <span>
          {props.channel} · <bdi>{t(props.plane)}</bdi>
        </span>
      </div>
      <div className={classes.topRight}>
        {timepoint && !props.isMixed ? <Registration timepoint={timepoint} isCurrent={props.isCurrent} /> : null}
        {props.map?.is === "coming" ? <bdi>{t("maskComing")}</bdi> : null}
        {props.map?.is === "failed" ? (
          <span className={classes.reach} role="alert">
            <bdi>{`${t("maskFailed")} ${reason(props.map.error)}`}</bdi>{" "}
            <Button size="compact-xs" variant="default" onClick={props.onAgain}>
              {t("again")}
            </Button>
          </span>
        ) : null}
        {timepoint && !timepoint.has_labels ? <bdi>{t("noMask")}</bdi> : null}
      </div>
      {letters ? (
        <>
          <span className={classes.top} data-letter="top">{letters.top}</span>
          <span className={classes.bottom} data-letter="bottom">{letters.bottom}</span>
          <span className={classes.left} data-letter="left">{letters.left}</span>
          <span className={classes.right} data-letter="right">{letters.right}</span>
        </>
      ) : null}
      <div className={classes.bottomLeft}>
        <span>{`${props.slice + 1} / ${count}`}</span>
        <span>{`${position.letter} ${Math.abs(position.mm).toFixed(1)} mm`}</span>
        {shown ? <span>{`W ${Math.round(shown.upper - shown.lower)} L ${Math.round((shown.upper + shown.lower) / 2)}`}</span> : null}
      </div>
      <div className={classes.bottomRight}>
        {readout ? <span data-readout>{`${place(readout.lps)}  = ${readout.value}`}</span> : null}
        {scale.pixels > 0 ? (
          <svg width={scale.pixels + 2} height={22} data-scale-mm={scale.mm} role="img" aria-label={t("scale", { length: length(scale.mm) })}>
            <path d={`M1 14v6h${scale.pixels}v-6`} />
            <text x={scale.pixels / 2 + 1} y={12}>{length(scale.mm)}</text>
          </svg>
        ) : null}
      </div>
    </div>
  );
}

/** A place as a radiologist writes it: sides and millimetres. */
function place(lps: Point): string {
  const unit = (axis: number): Point => [axis === 0 ? 1 : 0, axis === 1 ? 1 : 0, axis === 2 ? 1 : 0];
  return lps
    .map((mm, axis) => {
      const [x, y, z] = unit(axis);
      return `${lettersOf(mm < 0 ? [-x, -y, -z] : [x, y, z])}${Math.abs(mm).toFixed(0)}`;
    })
    .join(" ");
}
