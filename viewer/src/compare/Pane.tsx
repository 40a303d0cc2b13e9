import { useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Arriving } from "./Arriving";
import classes from "./Compare.module.css";
import { Cross, Lines } from "./Lines";
import { Marks } from "./Marks";
import { useDrawn } from "./drawn";
import { useHand } from "./hand";
import type { Line } from "./measure";
import type { Overlay } from "./overlay";
import { type Plane, slicePosition } from "./planes";
import { type Channel, timepointOf } from "./scene";
import type { Stage } from "./stage";

/** A view of one plane of one timepoint. */
export interface PaneProps {
  readonly stage: Stage;
  /** Its name among the views: looks are kept by it. */
  readonly id: string;
  readonly timepoint: number;
  readonly plane: Plane;
  readonly channel: Channel;
  readonly overlay: Overlay;
  readonly tool: "window" | "measure";
  readonly lines: readonly Line[];
  readonly isActive: boolean;
  /** Whether a click sets the voxel where the planes cross. */
  readonly isCrossing: boolean;
  /** Behind another view of a pair: no marks of its own. */
  readonly isPlain?: boolean;
  /** Mixed with the view behind it: it does not go by one timepoint's name. */
  readonly isMixed?: boolean;
  readonly className?: string | undefined;
  readonly onActivate: () => void;
  readonly onLine: (line: Line) => void;
}

export function Pane(props: PaneProps) {
  const { stage, id, timepoint, plane, channel, onActivate } = props;
  const { scene, looks, volumes } = stage;
  const { t } = useTranslation("compare");
  const element = useRef<HTMLDivElement>(null);
  const look = useSyncExternalStore(looks.subscribe, () => looks.of(id));
  const drawn = useDrawn(props, look, element);
  const { content, screened, image, map, proposed, shown, letters } = drawn;
  const { readout, growing } = useHand(props, element, drawn);
  const slice = look.voxel[screened.face.axis];
  const position = slicePosition(screened.face, screened.view.focus);
  return (
    <div
      className={`${classes.pane} ${props.className ?? ""}`}
      data-pane={id}
      data-timepoint={timepoint}
      data-plane={plane}
      data-channel={channel}
      data-slice={slice}
      data-position-mm={position.mm.toFixed(2)}
      data-ready={content !== undefined}
      data-map={content?.map !== undefined}
      data-active={props.isActive}
      role="group"
      aria-label={t("view", { number: timepoint + 1, plane: t(plane), slice: slice + 1 })}
      aria-hidden={props.isPlain}
      tabIndex={props.isPlain ? -1 : 0}
      onFocus={onActivate}
    >
      <div ref={element} className={content ? classes.canvas : classes.canvasEmpty} data-canvas />
      {content ? (
        <Lines screened={screened} plane={plane} slice={slice} lines={props.lines} growing={growing} />
      ) : (
        <Arriving progress={image} channel={channel} isMissing={!proposed} onAgain={() => volumes.again()} />
      )}
      {content && props.isCrossing ? <Cross screened={screened} voxel={look.voxel} /> : null}
      {props.isPlain ? null : (
        <Marks
          timepoint={timepointOf(scene, timepoint)}
          isCurrent={timepoint === scene.current}
          isMixed={props.isMixed ?? false}
          channel={channel}
          plane={plane}
          letters={letters}
          screened={screened}
          slice={slice}
          position={position}
          shown={shown}
          readout={readout}
          map={map}
          onAgain={() => volumes.again()}
        />
      )}
    </div>
  );
}
