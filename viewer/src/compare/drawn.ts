import type { Types } from "@cornerstonejs/core";
import { type RefObject, useEffect, useMemo, useState } from "react";
import type { PaneProps } from "./Pane";
import { aim, seen, whole_mm } from "./engine";
import { type Edges, edges } from "./letters";
import type { Screened } from "./moves";
import { face, focus } from "./planes";
import { values } from "./presets";
import { timepointOf, windowOf } from "./scene";
import { mapOf } from "./screen";
import { useProgress } from "./stage";
import type { Look } from "./sync";
import { type Content, useContent, useSize, useViewport } from "./viewport";
import type { Progress } from "./volumes";

/** What a view has on the screen. */
export interface Drawn {
  /** Nothing until the image is there. */
  readonly content: Content | undefined;
  readonly screened: Screened;
  readonly image: Progress;
  /** Nothing if no map is wanted. */
  readonly map: Progress | undefined;
  /** The window that the node proposes; nothing if the timepoint has no such image. */
  readonly proposed: readonly [number, number] | undefined;
  readonly shown: { lower: number; upper: number } | undefined;
  readonly letters: Edges | undefined;
}

/** Draws a view into an element, as its look says. */
export function useDrawn(props: PaneProps, look: Look, element: RefObject<HTMLDivElement | null>): Drawn {
  const { stage, id, timepoint, plane, channel, overlay } = props;
  const { scene, engine, volumes } = stage;
  const viewport = useViewport(engine, id, element);
  const { width, height } = useSize(engine, element);
  const one = timepointOf(scene, timepoint);
  const image = useProgress(volumes, { timepoint, name: channel });
  const mapName = one?.has_labels ? mapOf(overlay.kind) : undefined;
  const map = useProgress(volumes, mapName && { timepoint, name: mapName });
  const content = useContent(viewport, idOf(image), idOf(map), overlay);
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
  return { content, screened, image, map: mapName && map, proposed, shown, letters };
}

const idOf = (progress: Progress) => (progress.is === "ready" ? progress.volumeId : undefined);

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
