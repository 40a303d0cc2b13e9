import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Ends, Grid, Lps } from "./forms";
import { toLps, toVoxel } from "./grid";
import style from "./review.module.css";
import { type Screen, placeOf, voxelAt } from "./screen";

/** Slices that ends may lie away from the one that is seen. */
const NEAR = 0.6;

/** The diameters of a lesion, to be moved by their ends. */
export interface HandlesGiven {
  grid: Grid;
  ends: Ends;
  isReadOnly: boolean;
  move: (ends: Ends) => void;
  screen: Screen;
}

const NAMES = ["long1", "long2", "short1", "short2"] as const;

function listed(ends: Ends): readonly Lps[] {
  return [...ends.long_ends_lps_mm, ...ends.short_ends_lps_mm];
}

/** Two lines with handles; each handle moves by pointer and by arrow keys. */
export function Handles({ grid, ends, isReadOnly, move, screen }: HandlesGiven) {
  const { t } = useTranslation("review");
  const [held, setHeld] = useState<{ n: number; at: Lps }>();
  const places = listed(ends).map((at, n) => (held?.n === n ? held.at : at));
  const points = places.map((at) => placeOf(screen, toVoxel(grid, at)));
  if (points.length !== NAMES.length || points.some((point) => point.away > NEAR)) return null;
  const put = (n: number, at: Lps) => {
    const all = places.map((place, m) => (m === n ? at : place));
    move({ ...ends, long_ends_lps_mm: all.slice(0, 2), short_ends_lps_mm: all.slice(2) });
  };
  const drag = (n: number) => (event: PointerEvent<SVGElement>) => {
    if (isReadOnly || event.buttons !== 1) return;
    const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
    if (!box) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setHeld({ n, at: toLps(grid, voxelAt(screen, event.clientX - box.left, event.clientY - box.top)) });
  };
  const drop = () => {
    if (held) put(held.n, held.at);
    setHeld(undefined);
  };
  const nudge = (n: number) => (event: KeyboardEvent) => {
    const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    const point = points[n];
    if (!step || !point || isReadOnly) return;
    event.preventDefault();
    const mm = [screen.plane.across.mm, screen.plane.down.mm] as const;
    const [x, y] = [point.x + step[0] * mm[0] * screen.scale, point.y + step[1] * mm[1] * screen.scale];
    put(n, toLps(grid, voxelAt(screen, x, y)));
  };
  return (
    <svg className={style.handles}>
      {[0, 2].map((n) => (
        <line key={n} data-kind={n === 0 ? "long" : "short"} x1={points[n]?.x} y1={points[n]?.y} x2={points[n + 1]?.x} y2={points[n + 1]?.y} />
      ))}
      {points.map((point, n) => (
        <circle
          key={NAMES[n]}
          id={`handle-${n}`}
          cx={point.x}
          cy={point.y}
          r={7}
          role="button"
          tabIndex={0}
          aria-label={t(NAMES[n] ?? "")}
          onPointerDown={drag(n)}
          onPointerMove={drag(n)}
          onPointerUp={drop}
          onKeyDown={nudge(n)}
        />
      ))}
    </svg>
  );
}
