import type { Ends, Grid, Lps } from "./forms";
import { PLANES, type PlaneName, planeOf, toVoxel } from "./grid";

/** The plane and the cross at which the ends of two diameters lie on one slice. */
export function facing(grid: Grid, ends: Ends): { plane: PlaneName; cross: Lps } | undefined {
  const voxels = [...ends.long_ends_lps_mm, ...ends.short_ends_lps_mm].map((end) => toVoxel(grid, end));
  const [first] = voxels;
  if (!first) return undefined;
  const spread = ([0, 1, 2] as const).map((axis) => {
    const all = voxels.map((voxel) => voxel[axis]);
    return Math.max(...all) - Math.min(...all);
  });
  const still = spread.indexOf(Math.min(...spread));
  const plane = PLANES.find((name) => planeOf(grid, name).through.axis === still) ?? "axial";
  const middle = (axis: 0 | 1 | 2) => {
    const mean = voxels.reduce((sum, voxel) => sum + voxel[axis], 0) / voxels.length;
    return Math.min(grid.size[axis] - 1, Math.max(0, Math.round(mean)));
  };
  return { plane, cross: [middle(0), middle(1), middle(2)] };
}
