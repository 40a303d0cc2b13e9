import type { RenderingEngine } from "@cornerstonejs/core";
import { useEffect, useState, useSyncExternalStore } from "react";
import { start } from "./engine";
import { toIndex } from "./grid";
import { type Scene, firstCentre } from "./scene";
import { Looks, firstLook } from "./sync";
import { type Progress, Volumes, type Wanted } from "./volumes";

/** What all views of a screen share. */
export interface Stage {
  readonly scene: Scene;
  readonly engine: RenderingEngine;
  readonly volumes: Volumes;
  readonly looks: Looks;
}

function build(scene: Scene): Stage {
  const engine = start();
  const centre = firstCentre(scene);
  return {
    scene,
    engine,
    volumes: new Volumes(scene.study, scene.grid, engine.id),
    looks: new Looks(firstLook(scene.grid, centre && toIndex(scene.grid, centre))),
  };
}

/** Builds a stage for a scene, and takes it down with all its memory when the screen is left. */
export function useStage(scene: Scene): Stage | undefined {
  const [stage, setStage] = useState<Stage>();
  useEffect(() => {
    const built = build(scene);
    setStage(built);
    return () => {
      setStage(undefined);
      built.volumes.end();
      built.engine.destroy();
    };
  }, [scene]);
  return stage;
}

const NEVER: Progress = { is: "waiting" };

/** How far a volume is; without one, waiting for ever. */
export function useProgress(volumes: Volumes, wanted: Wanted | undefined): Progress {
  return useSyncExternalStore(volumes.subscribe, () => (wanted ? volumes.of(wanted) : NEVER));
}
