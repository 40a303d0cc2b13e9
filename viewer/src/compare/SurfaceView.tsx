import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Text } from "@mantine/core";
import { useReason } from "./Arriving";
import classes from "./Compare.module.css";
import type { Edges } from "./letters";
import { type Scene, timepointOf } from "./scene";
import { GROWTH_COLOURS, GROWTH_SHOWN_MM, type Solid, solid } from "./solid";
import { type Surface, surface } from "./surfaces";

/** Degrees that an arrow key turns a surface. */
const TURN = 15;

/** The surfaces of all lesions at one timepoint, coloured by how they grew. */
export function SurfaceView({ scene, timepoint }: { readonly scene: Scene; readonly timepoint: number }) {
  const { t } = useTranslation("compare");
  const reason = useReason();
  const element = useRef<HTMLDivElement>(null);
  const drawing = useRef<Solid | null>(null);
  const [letters, setLetters] = useState<Edges>();
  const [attempt, setAttempt] = useState(0);
  const { surfaces, error } = useSurfaces(scene, timepoint, attempt);
  useEffect(() => {
    if (!element.current || !surfaces || surfaces.length === 0) return undefined;
    const drawn = solid(element.current, setLetters);
    drawing.current = drawn;
    drawn.show(surfaces);
    const watch = new ResizeObserver(() => drawn.resize());
    watch.observe(element.current);
    return () => {
      watch.disconnect();
      drawn.end();
      drawing.current = null;
    };
  }, [surfaces]);
  const turn = (event: KeyboardEvent) => {
    const step = { ArrowLeft: [TURN, 0], ArrowRight: [-TURN, 0], ArrowUp: [0, -TURN], ArrowDown: [0, TURN] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    drawing.current?.turn(step[0] ?? 0, step[1] ?? 0);
  };
  const one = timepointOf(scene, timepoint);
  const isEmpty = surfaces?.length === 0;
  return (
    <div className={classes.pane} data-surface={timepoint} data-ready={surfaces !== undefined}>
      <div
        ref={element}
        className={classes.canvas}
        tabIndex={0}
        role="application"
        aria-label={t("surfaceOf", { number: timepoint + 1 })}
        onKeyDown={turn}
      />
      {surfaces && !isEmpty ? null : (
        <div className={classes.arriving} role={error ? "alert" : "status"}>
          <Text size="sm">{error ? reason(error) : isEmpty ? t("noSurface") : t("surfaceComing")}</Text>
          {error ? (
            <Button size="compact-sm" variant="default" onClick={() => setAttempt(attempt + 1)}>{t("again")}</Button>
          ) : null}
        </div>
      )}
      <div className={`${classes.marks} figure`}>
        <div className={classes.topLeft}>
          <bdi className={classes.strong}>{t("timepoint", { number: timepoint + 1 })}</bdi>
          <span>{one?.date ?? t("noDate")}</span>
        </div>
        {letters && surfaces && !isEmpty ? (
          <>
            <span className={classes.top} data-letter="top">{letters.top}</span>
            <span className={classes.bottom} data-letter="bottom">{letters.bottom}</span>
            <span className={classes.left} data-letter="left">{letters.left}</span>
            <span className={classes.right} data-letter="right">{letters.right}</span>
          </>
        ) : null}
      </div>
    </div>
  );
}

function useSurfaces(scene: Scene, timepoint: number, attempt: number) {
  const [state, setState] = useState<{ surfaces?: readonly Surface[]; error?: unknown }>({});
  useEffect(() => {
    const end = new AbortController();
    setState({});
    const hrefs = scene.surfaces.filter((one) => one.timepoint === timepoint).map(({ href }) => href);
    Promise.all(hrefs.map((href) => surface(href, end.signal))).then(
      (surfaces) => end.signal.aborted || setState({ surfaces }),
      (error: unknown) => end.signal.aborted || setState({ error }),
    );
    return () => end.abort();
  }, [scene, timepoint, attempt]);
  return state;
}

/** What the colours of the surfaces mean. */
export function GrowthLegend() {
  const { t } = useTranslation("compare");
  return (
    <fieldset className={classes.legend}>
      <legend>{t("growth")}</legend>
      <svg className={`${classes.growth} figure`} viewBox="0 0 200 34" role="img" aria-label={t("growthMeans", { mm: GROWTH_SHOWN_MM })}>
        <defs>
          <linearGradient id="growth">
            <stop offset="0" stopColor={GROWTH_COLOURS.shrunk} />
            <stop offset="0.5" stopColor={GROWTH_COLOURS.unchanged} />
            <stop offset="1" stopColor={GROWTH_COLOURS.grown} />
          </linearGradient>
        </defs>
        <rect x="0" y="0" width="200" height="12" fill="url(#growth)" />
        <text x="0" y="28">{`− ${GROWTH_SHOWN_MM} mm`}</text>
        <text x="100" y="28" textAnchor="middle">0</text>
        <text x="200" y="28" textAnchor="end">{`+ ${GROWTH_SHOWN_MM} mm`}</text>
      </svg>
      <p className={classes.hint}>{t("growthMeans", { mm: GROWTH_SHOWN_MM })}</p>
    </fieldset>
  );
}
