import type { Lps } from "./forms";

/** A plane that cuts through the patient. */
export interface CutPlane {
  point_lps_mm: Lps;
  normal: Lps;
}

/** Shorter lines are slips of the hand, in mm. */
const LINE_MIN_MM = 1;

/** The plane through a line on a slice, upright on the slice; nothing for a line too short. */
export function cutPlane(from: Lps | undefined, to: Lps | undefined, through: Lps): CutPlane | undefined {
  if (!from || !to) return undefined;
  const [x, y, z] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  if (Math.hypot(x, y, z) < LINE_MIN_MM) return undefined;
  const normal: Lps = [
    y * through[2] - z * through[1],
    z * through[0] - x * through[2],
    x * through[1] - y * through[0],
  ];
  return { point_lps_mm: [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2, (from[2] + to[2]) / 2], normal };
}
