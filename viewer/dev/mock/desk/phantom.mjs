// A head by formula, with as many tumours as asked for: images and labels on one grid.

export const SIZE = [120, 144, 56];
export const SPACING = [1.6, 1.4, 2.8];
export const GRID = {
  size: SIZE,
  spacing_mm: SPACING,
  origin_lps_mm: [-96, -104, -70],
  direction: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
};
const VOXELS = SIZE[0] * SIZE[1] * SIZE[2];
const VOXEL_CM3 = (SPACING[0] * SPACING[1] * SPACING[2]) / 1000;

/** Tumours: centre and radius in mm, of the same make on every start. */
export function tumours(count) {
  if (count <= 3) {
    return [[30, -20, 15, 17], [-38, 25, 5, 9], [12, 40, 30, 6]].slice(0, count);
  }
  const places = [];
  for (let n = 0; n < count; n++) {
    const turn = n * 2.39996;
    const out = 18 + 34 * Math.sqrt(n / count);
    places.push([out * Math.cos(turn), out * Math.sin(turn), ((n * 37) % 70) - 25, 3.4 + (n % 4)]);
  }
  return places;
}

function place(i, j, k) {
  return [0, 1, 2].map((a) => GRID.origin_lps_mm[a] + [i, j, k][a] * SPACING[a]);
}

function each(visit) {
  let at = 0;
  for (let k = 0; k < SIZE[2]; k++)
    for (let j = 0; j < SIZE[1]; j++)
      for (let i = 0; i < SIZE[0]; i++) visit(at++, place(i, j, k));
}

/** Voxels within reach of a tumour. */
function near([x, y, z, r], visit) {
  const ends = [x, y, z].map((c, a) => [-1, 1].map((side) => Math.round((c + side * r * 2 - GRID.origin_lps_mm[a]) / SPACING[a])));
  const within = (a) => [Math.max(0, ends[a][0]), Math.min(SIZE[a] - 1, ends[a][1])];
  for (let k = within(2)[0]; k <= within(2)[1]; k++)
    for (let j = within(1)[0]; j <= within(1)[1]; j++)
      for (let i = within(0)[0]; i <= within(0)[1]; i++) visit(i + SIZE[0] * (j + SIZE[1] * k), place(i, j, k));
}

/** The label map of tumours. */
export function labels(spots) {
  const map = new Uint8Array(VOXELS);
  spots.forEach(([x, y, z, r], n) =>
    near([x, y, z, r], (at, p) => {
      const d = Math.hypot(p[0] - x, p[1] - y, p[2] - z) / r;
      const wobble = 1 + 0.12 * Math.sin(3 * Math.atan2(p[1] - y, p[0] - x));
      if (d > 1.7 * wobble) return;
      const label = d < 0.5 ? 1 : d < wobble ? 3 : 2;
      map[at] = n === 0 && d < 0.25 ? 4 : label;
    }),
  );
  return map;
}

/** The lesion whose tumour is nearest to each labelled voxel. */
export function lesions(map, spots, groups = []) {
  const found = new Uint8Array(VOXELS);
  each((at, p) => {
    if (!map[at]) return;
    let best = Infinity;
    for (let n = 0; n < spots.length; n++) {
      const [x, y, z, r] = spots[n];
      const d = ((p[0] - x) ** 2 + (p[1] - y) ** 2 + (p[2] - z) ** 2) / (r * r);
      if (d >= best) continue;
      best = d;
      found[at] = groups[n + 1] ?? n + 1;
    }
  });
  return found;
}

/** An image: grey matter, skull and the tumours as the sequence shows them. */
export function image(name, map) {
  const bright = { T1c: [60, 90, 260, 30], T1: [60, 80, 90, 25], T2: [210, 190, 150, 260], FLAIR: [160, 230, 170, 40] };
  const shades = bright[name] ?? bright.T1c;
  const volume = new Int16Array(VOXELS);
  each((at, [x, y, z]) => {
    const d = Math.hypot(x / 74, y / 88, z / 64);
    if (d > 1.06) return;
    const noise = ((at * 2654435761) >>> 24) / 16;
    if (d > 0.98) volume[at] = 190 + noise;
    else if (d > 0.93) volume[at] = 24 + noise;
    else {
      const folds = 12 * Math.sin(x / 5) * Math.sin(y / 6 + z / 7);
      const csf = Math.hypot((x - 9) / 7, y / 22, (z - 5) / 12) < 1 || Math.hypot((x + 9) / 7, y / 22, (z - 5) / 12) < 1;
      volume[at] = (csf ? 40 : 110 + folds) + noise;
      if (map[at]) volume[at] = shades[map[at] - 1] + noise;
    }
  });
  return volume;
}

/** Volumes by region in cm3: of everything, and of each lesion. */
export function volumes(map, whole) {
  const counts = Array.from({ length: 256 }, () => [0, 0, 0, 0, 0]);
  for (let at = 0; at < map.length; at++) {
    if (!map[at]) continue;
    counts[0][map[at]] += VOXEL_CM3;
    if (whole) counts[whole[at]][map[at]] += VOXEL_CM3;
  }
  return counts.map(([, netc, snfh, et, rc]) => ({ netc, snfh, et, rc, tc: netc + et, wt: netc + et + snfh }));
}

/** Bytes of an image, as the node sends them. */
export function bytes(volume) {
  return Buffer.from(volume.buffer, volume.byteOffset, volume.byteLength);
}
