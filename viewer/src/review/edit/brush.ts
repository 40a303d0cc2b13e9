import type { Grid } from "../forms";
import { type Plane, along, strides } from "../grid";

/** A slice of a grid, as places in memory. */
export interface Sheet {
  width: number;
  height: number;
  mm: readonly [number, number];
  at: (x: number, y: number) => number;
}

/** The places in memory of a slice. */
export function sheetOf(grid: Grid, plane: Plane, slice: number): Sheet {
  const steps = strides(grid);
  const start = slice * steps[plane.through.axis];
  const across = steps[plane.across.axis];
  const down = steps[plane.down.axis];
  return {
    width: plane.across.count,
    height: plane.down.count,
    mm: [plane.across.mm, plane.down.mm],
    at: (x, y) => start + along(plane.across, x) * across + along(plane.down, y) * down,
  };
}

/** Visits each voxel of a round brush once; at least the one below it. */
export function stamp(sheet: Sheet, x: number, y: number, radius_mm: number, visit: (at: number) => void): void {
  const [mmX, mmY] = sheet.mm;
  const reach = [radius_mm / mmX, radius_mm / mmY] as const;
  const nearest = [Math.round(x), Math.round(y)] as const;
  for (let row = Math.max(0, Math.floor(y - reach[1])); row <= Math.min(sheet.height - 1, Math.ceil(y + reach[1])); row++) {
    for (let column = Math.max(0, Math.floor(x - reach[0])); column <= Math.min(sheet.width - 1, Math.ceil(x + reach[0])); column++) {
      const far = ((column - x) * mmX) ** 2 + ((row - y) * mmY) ** 2;
      const isBelow = column === nearest[0] && row === nearest[1];
      if (isBelow || far <= radius_mm ** 2) visit(sheet.at(column, row));
    }
  }
}

/** Places along a line, close enough that stamps leave no gap. */
export function line(from: readonly [number, number], to: readonly [number, number]): [number, number][] {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const count = Math.max(1, Math.ceil(length * 2));
  return Array.from({ length: count }, (_, n) => {
    const share = (n + 1) / count;
    return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
  });
}
