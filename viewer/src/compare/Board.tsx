import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Compare.module.css";
import { KeyHelp } from "./KeyHelp";
import { Legend } from "./Legend";
import { Lesions } from "./Lesions";
import { GrowthLegend } from "./SurfaceView";
import { Toolbar } from "./Toolbar";
import { Views, leader, viewsOf } from "./Views";
import { Warnings } from "./Warnings";
import { whole_mm } from "./engine";
import type { Grid, Point } from "./grid";
import { type Command, command, isTaken } from "./keys";
import { type Line, drawn } from "./measure";
import { type Screened, lookAt, panned, scrolled, zoomed } from "./moves";
import { type Plane, face, focus } from "./planes";
import { PRESETS } from "./presets";
import { type Screen, firstScreen, isPair, laid, needed, step } from "./screen";
import type { Stage } from "./stage";
import { type Look, firstLook } from "./sync";

/** The screen around a stage: bar, views, legend, lesions, keys. */
export function Board({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation("compare");
  const { scene, looks, volumes } = stage;
  const [screen, setScreen] = useState<Screen>(() => firstScreen(scene));
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [isHelpOpen, setHelp] = useState(false);
  const isLinked = useSyncExternalStore(looks.subscribe, () => looks.isLinked);
  useEffect(() => volumes.want(needed(screen, scene)), [volumes, scene, screen]);

  const link = () => looks.link(!looks.isLinked, leader(screen));
  const preset = (number: number) => {
    const window = PRESETS[number - 1]?.window;
    if (window) looks.change(leader(screen), { window });
  };
  const everywhere = (change: (view: string) => object) =>
    viewsOf(screen).forEach((view) => looks.change(view, change(view)));
  const go = (centre: Point) => everywhere((view) => lookAt(scene.grid, looks.of(view), centre));
  const reset = () =>
    everywhere((view) => ({ ...firstLook(scene.grid, null), voxel: looks.of(view).voxel }));
  const lead = (move: (at: Screened, look: Look) => Partial<Look>) => {
    const view = leader(screen);
    const look = looks.of(view);
    looks.change(view, move(imagined(scene.grid, screen.plane, look), look));
  };
  const obey = (given: Command) => {
    switch (given.do) {
      case "preset":
        return preset(given.number);
      case "scroll":
        return lead((at, look) => scrolled(at, look, given.slices));
      case "zoom":
        return lead((at, look) => zoomed(at, look, 1.25 ** given.steps, at.width / 2, at.height / 2));
      case "pan":
        return lead((at, look) => panned(at, look, given.right, given.down));
      case "timepoint":
        return setScreen(step(screen, scene, given.step));
      case "link":
        return link();
      case "masks":
        return setScreen(masks(screen));
      case "outline":
        return setScreen({ ...screen, overlay: { ...screen.overlay, isFilled: !screen.overlay.isFilled } });
      case "flicker":
        return setScreen(flickered(screen, stage));
      case "measure":
        return setScreen({ ...screen, tool: screen.tool === "measure" ? "window" : "measure" });
      case "forget":
        return setLines(lines.slice(0, -1));
      case "reset":
        return reset();
      case "help":
        return setHelp(!isHelpOpen);
    }
  };
  useKeys(obey);

  return (
    <div className={classes.board} data-linked={isLinked}>
      <Toolbar
        scene={scene}
        screen={screen}
        isLinked={isLinked}
        onChange={setScreen}
        onLink={link}
        onPreset={preset}
        onReset={reset}
        onHelp={() => setHelp(true)}
      />
      <Warnings scene={scene} shown={screen.shown} isPair={isPair(screen.layout)} />
      <div className={classes.body}>
        <section className={classes.views} aria-label={t("images")}>
          <Views
            stage={stage}
            screen={screen}
            lines={lines}
            onScreen={setScreen}
            onLine={(line) => setLines((all) => drawn(all, line))}
          />
        </section>
        <aside className={classes.aside}>
          {screen.layout === "surfaces" ? (
            <GrowthLegend />
          ) : (
            <Legend overlay={screen.overlay} onChange={(overlay) => setScreen({ ...screen, overlay })} />
          )}
          <Lesions scene={scene} shown={screen.shown} onGo={go} />
        </aside>
      </div>
      <KeyHelp isOpen={isHelpOpen} onClose={() => setHelp(false)} />
    </div>
  );
}

/** A view of a usual size, for keys that do not know where they are pressed. */
function imagined(grid: Grid, plane: Plane, look: Look): Screened {
  const way = face(grid, plane);
  const [width, height] = [600, 600];
  const view = {
    focus: focus(grid, way, look.voxel[way.axis], look.centre),
    height_mm: whole_mm(grid, way, width, height) / look.zoom,
  };
  return { grid, face: way, view, width, height };
}

/** Masks off, or back on. */
function masks(screen: Screen): Screen {
  const kind = screen.overlay.kind === "none" ? "regions" : "none";
  return { ...screen, overlay: { ...screen.overlay, kind } };
}

/** The other of the pair comes to the front; elsewhere the pair is opened first. */
function flickered(screen: Screen, { scene }: Stage): Screen {
  if (screen.layout === "flicker") return { ...screen, isFirstInFront: !screen.isFirstInFront };
  return scene.timepoints.length > 1 ? laid(screen, scene, "flicker") : screen;
}

/** Hears the keys that do not belong to a control. */
function useKeys(obey: (given: Command) => void): void {
  const latest = useRef(obey);
  useEffect(() => {
    latest.current = obey;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const given = command(event);
      if (!given || isTaken(event, event.target)) return;
      event.preventDefault();
      latest.current(given);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
