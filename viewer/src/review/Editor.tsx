import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import { channel } from "./asks";
import { Canvas } from "./Canvas";
import type { Sitting, Tools } from "./sitting";
import { fillBetween, paint, painted } from "./editing";
import type { Ends, Grid, Lesion, Scene } from "./forms";
import { onPlane, planeOf } from "./grid";
import { Keys } from "./Keys";
import style from "./review.module.css";
import { Toolbar } from "./Toolbar";
import { type Change, type View, moved, turned } from "./view";

type Place = readonly [number, number];

interface Given {
  scene: Scene;
  tools: Tools;
  desk: Sitting;
  view: View;
  setView: (change: Change) => void;
  lesions: readonly Lesion[];
  chosen: string | undefined;
  isReadOnly: boolean;
  step: (by: 1 | -1) => void;
  cut: (from: Place, to: Place) => void;
  handles: { grid: Grid; ends: Ends; isReadOnly: boolean; move: (ends: Ends) => void } | undefined;
}

const ARROWS: Record<string, Place> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The image with its tools: by hand and by keyboard. */
export function Editor(given: Given) {
  const { t } = useTranslation("review");
  const { scene, tools, desk, view, setView } = given;
  const { grid, current } = scene;
  const channels = scene.timepoints[current]?.channels ?? [];
  const full = channels.find((one) => one.name === view.channel)?.window ?? [0, 1];
  const asked = useQuery({ ...channel(scene.study, scene.timepoints[current]?.index ?? current, view.channel), placeholderData: keepPreviousData });
  const drawn = useSyncExternalStore(tools.outlines.subscribe, tools.outlines.seen);
  const [firstEnd, setFirstEnd] = useState<Place>();
  const [note, setNote] = useState("");
  const image = asked.data ?? EMPTY;
  const ground = { grid, image, outlines: tools.outlines };
  const plane = planeOf(grid, view.plane);
  usePastKeys(desk.undo, desk.redo, given.isReadOnly);

  const endStroke = () => {
    if (tools.outlines.end(painted(view, plane))) tools.pen.drawn();
  };
  const interpolate = () => {
    const count = fillBetween(ground);
    setNote(count > 0 ? t("interpolated", { count }) : t("interpolateHint"));
    if (count > 0) tools.pen.drawn();
  };
  const useTool = (isErasing: boolean) => {
    const { x, y } = onPlane(plane, view.cross);
    if (view.tool === "cut") {
      if (firstEnd) given.cut(firstEnd, [x, y]);
      setFirstEnd(firstEnd ? undefined : [x, y]);
    } else if (view.tool === "diameters") {
      document.getElementById("handle-0")?.focus();
    } else if (view.tool !== "window") {
      paint(ground, view, [[x, y]], isErasing || view.tool === "erase");
      endStroke();
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey) return;
    const next = looked(event, view, grid, full);
    if (next && !(event.ctrlKey && event.key !== " ")) setView(next);
    else if (event.key === " " || event.key === "Enter") {
      if (!given.isReadOnly) useTool(event.ctrlKey);
    } else if (event.ctrlKey) return;
    else if (event.key.toLowerCase() === "n") given.step(event.shiftKey ? -1 : 1);
    else if (event.key.toLowerCase() === "i" && !given.isReadOnly) interpolate();
    else if (event.key === "Escape") setFirstEnd(undefined);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <Toolbar view={view} setView={setView} channels={channels} desk={desk} drawn={drawn} isReadOnly={given.isReadOnly} interpolate={interpolate} />
      {asked.error ? <Failed error={asked.error} reset={() => void asked.refetch()} /> : null}
      <Canvas
        grid={grid}
        image={image}
        map={drawn.map}
        view={view}
        setView={setView}
        full={full}
        lesions={given.lesions}
        chosen={given.chosen}
        isReadOnly={given.isReadOnly}
        paint={(places, isErasing) => paint(ground, view, places, isErasing)}
        endStroke={endStroke}
        cut={given.cut}
        onKey={onKey}
        handles={given.handles}
      />
      <div className={style.under}>
        <span role="status">{view.tool === "cut" ? t(given.chosen ? "cutHint" : "cutNone") : note}</span>
        <Keys />
      </div>
    </>
  );
}

const EMPTY = new Int16Array(0);

/** Keys that change how one looks, and nothing else. */
function looked(event: KeyboardEvent, view: View, grid: Grid, full: Place): View | undefined {
  if (event.ctrlKey) return undefined;
  const plane = planeOf(grid, view.plane);
  if (event.key === "PageUp") return moved(view, grid.size, plane.through.axis, 1);
  if (event.key === "PageDown") return moved(view, grid.size, plane.through.axis, -1);
  const arrow = ARROWS[event.key];
  if (!arrow) return turned(view, event.key, full);
  const far = event.shiftKey ? 10 : 1;
  const run = arrow[0] === 0 ? plane.down : plane.across;
  const by = (arrow[0] + arrow[1]) * far * (run.isTurned ? -1 : 1);
  return moved(view, grid.size, run.axis, by);
}

/** Undo and redo from anywhere but a text field, which has its own. */
function usePastKeys(undo: () => void, redo: () => void, isOff: boolean): void {
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent) => {
      const isText = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (!event.ctrlKey || isText || isOff) return;
      const key = event.key.toLowerCase();
      const isRedo = key === "y" || (key === "z" && event.shiftKey);
      if (!isRedo && key !== "z") return;
      event.preventDefault();
      if (isRedo) redo();
      else undo();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}
