import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Compare.module.css";
import { Pane } from "./Pane";
import { Registration } from "./Registration";
import { SurfaceView } from "./SurfaceView";
import type { Line } from "./measure";
import { PLANES } from "./planes";
import { timepointOf } from "./scene";
import { type Screen, isPair } from "./screen";
import type { Stage } from "./stage";

/** The name of a view among the looks. */
const slot = (at: number) => `slot-${at}`;

/** The name of the view that leads: it keeps its look when the others are linked to it. */
export function leader(screen: Screen): string {
  return screen.layout === "mpr" ? `mpr-${screen.plane}` : slot(screen.active);
}

/** The names of all views on a screen. */
export function viewsOf(screen: Screen): readonly string[] {
  if (screen.layout === "mpr") return PLANES.map((plane) => `mpr-${plane}`);
  return screen.shown.map((_, at) => slot(at));
}

/** The views, laid out. */
export function Views(props: {
  readonly stage: Stage;
  readonly screen: Screen;
  readonly lines: readonly Line[];
  readonly onScreen: (screen: Screen) => void;
  readonly onLine: (line: Line) => void;
}) {
  const { screen, stage } = props;
  if (screen.layout === "surfaces") {
    return (
      <Grid count={screen.shown.length}>
        {screen.shown.map((timepoint) => (
          <SurfaceView key={timepoint} scene={stage.scene} timepoint={timepoint} />
        ))}
      </Grid>
    );
  }
  if (screen.layout === "mpr") return <Planes {...props} />;
  return isPair(screen.layout) ? <Pair {...props} /> : <Side {...props} />;
}

type Props = Parameters<typeof Views>[0];

function Grid({ count, children }: { readonly count: number; readonly children: ReactNode }) {
  return (
    <div className={classes.grid} data-count={count}>
      {children}
    </div>
  );
}

/** What all panes of a screen have in common. */
function shared({ stage, screen, lines, onLine }: Props) {
  const { channel, overlay, tool } = screen;
  return { stage, channel, overlay, tool, lines, onLine };
}

function Side(props: Props) {
  const { screen, onScreen } = props;
  return (
    <Grid count={screen.shown.length}>
      {screen.shown.map((timepoint, at) => (
        <Pane
          key={slot(at)}
          {...shared(props)}
          id={slot(at)}
          timepoint={timepoint}
          plane={screen.plane}
          isActive={at === screen.active}
          isCrossing={false}
          onActivate={() => at === screen.active || onScreen({ ...screen, active: at })}
        />
      ))}
    </Grid>
  );
}

function Planes(props: Props) {
  const { screen, stage, onScreen } = props;
  const timepoint = screen.shown[screen.active] ?? stage.scene.current;
  return (
    <Grid count={3}>
      {PLANES.map((plane) => (
        <Pane
          key={plane}
          {...shared(props)}
          id={`mpr-${plane}`}
          timepoint={timepoint}
          plane={plane}
          isActive={plane === screen.plane}
          isCrossing
          onActivate={() => plane === screen.plane || onScreen({ ...screen, plane })}
        />
      ))}
    </Grid>
  );
}

/** Two timepoints in one place: now the one and now the other, or both in squares. */
function Pair(props: Props) {
  const { screen } = props;
  const isChecker = screen.layout === "checker";
  const front = isChecker || screen.isFirstInFront ? 0 : 1;
  return (
    <Grid count={1}>
      <div className={classes.pair} data-front={front} data-layout={screen.layout}>
        <PairBar {...props} front={front} />
        <div className={classes.stack}>
          {[0, 1].map((at) => (
            <Pane
              key={slot(at)}
              {...shared(props)}
              id={slot(at)}
              timepoint={screen.shown[at] ?? 0}
              plane={screen.plane}
              isActive={at === front}
              isCrossing={false}
              isPlain={at !== front}
              isMixed={isChecker}
              className={at !== front ? classes.back : isChecker ? classes.squares : classes.front}
              onActivate={() => undefined}
            />
          ))}
        </div>
      </div>
    </Grid>
  );
}

/** Which two are compared, how well they lie on each other, and which is in front. */
function PairBar({ stage, screen, onScreen, front }: Props & { readonly front: number }) {
  const { t } = useTranslation("compare");
  const isChecker = screen.layout === "checker";
  return (
    <div className={classes.pairBar}>
      {[0, 1].map((at) => {
        const one = timepointOf(stage.scene, screen.shown[at] ?? -1);
        return one ? (
          <span key={at} className={classes.side} data-front={!isChecker && at === front}>
            <b>{"AB"[at]}</b> <bdi>{t("timepoint", { number: one.index + 1 })}</bdi>{" "}
            <bdi>{one.date ?? t("noDate")}</bdi>{" "}
            <Registration timepoint={one} isCurrent={one.index === stage.scene.current} />
          </span>
        ) : null;
      })}
      {isChecker ? (
        <span>{t("checkerMeans")}</span>
      ) : (
        <button
          type="button"
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onScreen({ ...screen, isFirstInFront: !screen.isFirstInFront })}
        >
          {t("flickerNow", { side: "AB"[front] })}
        </button>
      )}
    </div>
  );
}
