import { type Types, cache } from "@cornerstonejs/core";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Arriving } from "./Arriving";
import classes from "./Compare.module.css";
import { Cross, Lines } from "./Lines";
import { Marks, type Readout } from "./Marks";
import { aim, seen, whole_mm } from "./engine";
import { useGestures } from "./gestures";
import { type Point, nearest, toIndex } from "./grid";
import { type Edges, edges } from "./letters";
import type { Line } from "./measure";
import { type Screened, lookAt, panned, pointAt, scrolled, windowed, zoomed } from "./moves";
import type { Overlay } from "./overlay";
import { type Plane, face, focus, slicePosition } from "./planes";
import { values } from "./presets";
import { type Channel, timepointOf, windowOf } from "./scene";
import { mapOf } from "./screen";
import { type Stage, useProgress } from "./stage";
import { type Content, useContent, useSize, useViewport } from "./viewport";

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
  readonly className?: string | undefined;
  readonly onActivate: () => void;
  readonly onLine: (line: Line) => void;
  readonly children?: ReactNode;
}

export function Pane(props: PaneProps) {
  const { stage, id, timepoint, plane, channel, overlay, onActivate } = props;
  const { scene, engine, looks, volumes } = stage;
  const { t } = useTranslation("compare");
  const element = useRef<HTMLDivElement>(null);
  const viewport = useViewport(engine, id, element);
  const { width, height } = useSize(engine, element);
  const look = useSyncExternalStore(looks.subscribe, () => looks.of(id));
  const one = timepointOf(scene, timepoint);
  const image = useProgress(volumes, { timepoint, name: channel });
  const mapName = one?.has_labels ? mapOf(overlay.kind) : undefined;
  const map = useProgress(volumes, mapName && { timepoint, name: mapName });
  const volumeId = image.is === "ready" ? image.volumeId : undefined;
  const content = useContent(viewport, volumeId, map.is === "ready" ? map.volumeId : undefined, overlay);

  const screened = useMemo((): Screened => {
    const way = face(scene.grid, plane);
    const view = {
      focus: focus(scene.grid, way, look.voxel[way.axis], look.centre),
      height_mm: whole_mm(scene.grid, way, width, height) / look.zoom,
    };
    return { grid: scene.grid, face: way, view, width, height };
  }, [scene, plane, look, width, height]);

  const proposed = one && windowOf(one, channel);
  const shown = proposed && values(look.window, proposed);
  const letters = useAimed(viewport, content, screened, shown);
  const [readout, setReadout] = useState<Readout>();
  const [growing, setGrowing] = useState<Line>();
  const slice = look.voxel[screened.face.axis];
  const position = slicePosition(screened.face, screened.view.focus);
  const change = useCallback(
    (make: (screened: Screened, look: ReturnType<typeof looks.of>) => object) =>
      looks.change(id, make(screened, looks.of(id))),
    [looks, id, screened],
  );
  const line = (from: Point, x: number, y: number): Line => ({ plane, slice, from, to: pointAt(screened, x, y) });
  const isMeasuring = (drag: string) => drag === "left" && props.tool === "measure";

  useGestures(element, {
    press: (drag, x, y) => {
      onActivate();
      if (isMeasuring(drag)) setGrowing(line(pointAt(screened, x, y), x, y));
    },
    drag: (drag, _from, right, down) => {
      if (isMeasuring(drag)) {
        setGrowing((last) => last && { ...last, to: moved(last.to, screened, right, down) });
      } else if (drag === "middle") change((at, now) => panned(at, now, right, down));
      else if (drag === "right") change((at, now) => zoomed(at, now, 2 ** (-down / 100), width / 2, height / 2));
      else change((at, now) => windowed(at, now, right, down));
    },
    release: (drag, x, y, isClick) => {
      if (growing) props.onLine(line(growing.from, x, y));
      setGrowing(undefined);
      if (isClick && drag === "left" && props.isCrossing && props.tool === "window") {
        change((at, now) => ({ voxel: lookAt(at.grid, { ...now, zoom: 1 }, pointAt(at, x, y)).voxel }));
      }
    },
    hover: (x, y) => setReadout(content && read(content.image, screened, x, y)),
    leave: () => setReadout(undefined),
    scroll: (slices) => change((at, now) => scrolled(at, now, slices)),
    zoom: (steps, x, y) => change((at, now) => zoomed(at, now, 1.1 ** steps, x, y)),
  });

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
          timepoint={one}
          isCurrent={timepoint === scene.current}
          channel={channel}
          plane={plane}
          letters={letters}
          screened={screened}
          slice={slice}
          position={position}
          shown={shown}
          readout={readout}
          map={mapName ? map : undefined}
          onAgain={() => volumes.again()}
        />
      )}
      {props.children}
    </div>
  );
}

/** The end of a line after the hand has moved. */
function moved(to: Point, screened: Screened, right: number, down: number): Point {
  const [a, b] = [pointAt(screened, 0, 0), pointAt(screened, right, down)];
  return [to[0] + b[0] - a[0], to[1] + b[1] - a[1], to[2] + b[2] - a[2]];
}

/** The voxel under a pixel and its value; nothing beside the grid. */
function read(volumeId: string, screened: Screened, x: number, y: number): Readout | undefined {
  const lps = pointAt(screened, x, y);
  const index = toIndex(screened.grid, lps);
  const voxel = nearest(screened.grid, index);
  if (voxel.some((value, axis) => Math.abs(value - (index[axis as 0 | 1 | 2] ?? 0)) > 0.51)) return undefined;
  const value = cache.getVolume(volumeId)?.voxelManager?.getAtIJK(voxel[0], voxel[1], voxel[2]);
  return typeof value === "number" ? { lps, value } : undefined;
}

/** Aims a view and sets its window; answers with the letters of what the camera then shows. */
function useAimed(
  viewport: Types.IVolumeViewport | undefined,
  content: Content | undefined,
  { face: way, view, width, height }: Screened,
  shown: { lower: number; upper: number } | undefined,
): Edges | undefined {
  const [letters, setLetters] = useState<Edges>();
  const { lower, upper } = shown ?? { lower: 0, upper: 1 };
  useEffect(() => {
    if (!viewport || !content || width === 0 || height === 0) return;
    aim(viewport, way, view);
    const { up, right } = seen(viewport);
    const next = edges(up, right);
    setLetters((last) => (last && JSON.stringify(last) === JSON.stringify(next) ? last : next));
    viewport.render();
  }, [viewport, content, way, view, width, height]);
  useEffect(() => {
    if (!viewport || !content) return;
    viewport.setProperties({ voiRange: { lower, upper } }, content.image);
    viewport.render();
  }, [viewport, content, lower, upper]);
  return content ? letters : undefined;
}
