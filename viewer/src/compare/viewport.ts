import { Enums, type RenderingEngine, type Types } from "@cornerstonejs/core";
import { type RefObject, useEffect, useState } from "react";
import { open } from "./engine";
import { type Overlay, dress } from "./overlay";

/** The actor of the map in a view. */
const MAP = "map";

/** One value a pixel: a slice has no depth in which opacities could add up. */
const MAP_BLEND = Enums.BlendModes.MAXIMUM_INTENSITY_BLEND;

/** A view in an element, while the element is there. */
export function useViewport(
  engine: RenderingEngine,
  id: string,
  element: RefObject<HTMLDivElement | null>,
): Types.IVolumeViewport | undefined {
  const [viewport, setViewport] = useState<Types.IVolumeViewport>();
  useEffect(() => {
    if (!element.current) return undefined;
    setViewport(open(engine, id, element.current));
    return () => {
      setViewport(undefined);
      if (!engine.hasBeenDestroyed) engine.disableElement(id);
    };
  }, [engine, id, element]);
  return viewport;
}

/** The size of an element in pixels of the page; the engine follows it. */
export function useSize(
  engine: RenderingEngine,
  element: RefObject<HTMLDivElement | null>,
): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!element.current) return undefined;
    const watch = new ResizeObserver(([entry]) => {
      if (!entry || engine.hasBeenDestroyed) return;
      engine.resize(true, true);
      const { width, height } = entry.contentRect;
      setSize({ width, height });
    });
    watch.observe(element.current);
    return () => watch.disconnect();
  }, [engine, element]);
  return size;
}

/** What a view holds: an image and, over it, a map of labels. */
export interface Content {
  readonly image: string;
  readonly map: string | undefined;
}

/** Puts image and map into a view; answers with what is in it once it is. */
export function useContent(
  viewport: Types.IVolumeViewport | undefined,
  image: string | undefined,
  map: string | undefined,
  overlay: Overlay,
): Content | undefined {
  const [content, setContent] = useState<Content>();
  const [fault, setFault] = useState<unknown>();
  if (fault) throw fault;
  useEffect(() => {
    if (!viewport || !image) return undefined;
    let isCurrent = true;
    const inputs: Types.IVolumeInput[] = [{ volumeId: image, actorUID: "image" }];
    if (map) inputs.push({ volumeId: map, actorUID: MAP, blendMode: MAP_BLEND });
    const put = async () => {
      await viewport.setVolumes(inputs, false, true);
      if (!isCurrent) return;
      viewport.resetCamera({ suppressEvents: true });
      setContent({ image, map });
    };
    // A view that is closed meanwhile refuses: there is nothing left to draw.
    put().catch((error: unknown) => {
      if (isCurrent) setFault(error);
    });
    return () => {
      isCurrent = false;
    };
  }, [viewport, image, map]);
  useEffect(() => {
    const actor = viewport?.getActor(MAP)?.actor;
    if (!viewport || !content?.map || !actor) return;
    dress(actor as Types.VolumeActor, overlay);
    viewport.render();
  }, [viewport, content, overlay]);
  return content?.image === image ? content : undefined;
}
