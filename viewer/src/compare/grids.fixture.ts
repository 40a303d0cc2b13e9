import type { Grid, Point } from "./grid";

/** A grid along the patient's axes. */
export const straight: Grid = {
  size: [96, 112, 80],
  spacing_mm: [2, 1.8, 2.2],
  origin_lps_mm: [-95, -100, -88],
  direction: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
};

const turn = (degrees: number) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)] as const;

/** The same grid, nodded about the left-right axis and then tilted about the front-back one. */
export function oblique(nod: number, tilt: number): Grid {
  const [cn, sn] = turn(nod);
  const [ct, st] = turn(tilt);
  const turned = ([x, y, z]: Point): Point => {
    const [y1, z1] = [cn * y - sn * z, sn * y + cn * z];
    return [ct * x + st * z1, y1, -st * x + ct * z1];
  };
  const [i, j, k] = straight.direction;
  return { ...straight, direction: [turned(i), turned(j), turned(k)] };
}

/** A grid acquired from the side: its slices are sagittal, counted from left to right. */
export const sagittal: Grid = {
  ...straight,
  direction: [[0, 1, 0], [0, 0, -1], [-1, 0, 0]],
};
