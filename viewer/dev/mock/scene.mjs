// A node that answers for the scene only: phantoms known by formula, for work on the compare
// screen and for its walk. Never part of the build.

const turn = (degrees) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];

/** A grid whose middle lies at the LPS origin. */
function grid(size, spacing_mm, nod = 0, tilt = 0) {
  const [cn, sn] = turn(nod);
  const [ct, st] = turn(tilt);
  const turned = ([x, y, z]) => {
    const [y1, z1] = [cn * y - sn * z, sn * y + cn * z];
    return [ct * x + st * z1, y1, -st * x + ct * z1];
  };
  const direction = [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map(turned);
  const origin_lps_mm = [0, 1, 2].map((row) =>
    -direction.reduce((sum, along, axis) => sum + along[row] * spacing_mm[axis] * ((size[axis] - 1) / 2), 0),
  );
  return { size, spacing_mm, origin_lps_mm, direction };
}

const SMALL = [[96, 112, 80], [2, 1.8, 2.2]];
/** Left, front and top of the patient, in millimetres: a bright cube to find the sides by. */
export const MARKED = { centre: [45, -40, 30], half: 8 };
const TUMOUR = [-28, 12, 14];
const DATES = ["2024-02-11", "2024-06-03", "2024-11-19", "2025-03-02"];
const RADII = [10, 14, 12, 17];

const tracks = (names, timepoints) =>
  names.map((name, at) => ({
    uid: `track-${at}`,
    name,
    colour_index: at,
    sightings: timepoints
      .filter((index) => at === 0 || index > 0)
      .map((timepoint) => ({
        timepoint,
        lesions: [at + 1],
        centre_lps_mm: at === 2 ? null : [TUMOUR[0] + at * 2, TUMOUR[1] - at, TUMOUR[2] + ((at * 3) % 30)],
        volume_cm3: at === 1 && timepoint === 1 ? null : (4 / 3) * Math.PI * (RADII[timepoint] / 10) ** 3 * 0.8 ** at,
      })),
  }));

const lesions = (count) => Array.from({ length: count }, (_, at) => `Lesion ${at + 1}`);

/** The phantoms by the name of their study. */
export const STUDIES = {
  straight: { grid: grid(...SMALL), names: ["Right parietal", "<b>Lesion 2</b>", "נגע מצחי שמאלי"] },
  oblique: { grid: grid(...SMALL, 12, 18), names: ["Right parietal"] },
  large: { grid: grid([240, 240, 155], [1, 1, 1]), names: ["Right parietal"] },
  none: { grid: grid(...SMALL), names: [], isHealthy: true },
  many: { grid: grid(...SMALL), names: lesions(40) },
  broken: { grid: grid(...SMALL), names: ["Right parietal"], isBroken: true },
  one: { grid: grid(...SMALL), names: ["Right parietal"], timepoints: [3] },
};

function scene(study, { grid, names, timepoints = [0, 1, 2, 3], isHealthy }) {
  const channels = (index) =>
    ["T1", "T1c", "T2", "FLAIR", "subtraction"]
      .filter((name) => index !== 0 || name !== "T2")
      .map((name) => ({ name, window: name === "subtraction" ? [-200, 600] : [0, 900 + 100 * index] }));
  return {
    study,
    grid,
    timepoints: timepoints.map((index) => ({
      index,
      study: `${study}-${index}`,
      date: index === 0 ? null : DATES[index],
      channels: channels(index),
      registration:
        index === 1
          ? { passed: false, why: "Mutual information is below the limit of the check.", error_mm: 3.4 }
          : { passed: true, why: "", error_mm: index === 3 ? 0 : 0.6 },
      has_labels: index !== 0,
    })),
    current: 3,
    tracks: isHealthy ? [] : tracks(names, timepoints),
    surfaces: isHealthy
      ? []
      : timepoints.filter((index) => index > 0).map((timepoint) => ({
          timepoint,
          track: "track-0",
          href: `/api/v1/studies/${study}/scene/${timepoint}/surface/track-0`,
        })),
    medians: [],
  };
}

/** Walks the voxels with their LPS point. */
function fill({ size, spacing_mm, origin_lps_mm, direction }, into, value) {
  const step = direction.map((along, axis) => along.map((part) => part * spacing_mm[axis]));
  let at = 0;
  for (let k = 0; k < size[2]; k += 1)
    for (let j = 0; j < size[1]; j += 1)
      for (let i = 0; i < size[0]; i += 1, at += 1) {
        const x = origin_lps_mm[0] + i * step[0][0] + j * step[1][0] + k * step[2][0];
        const y = origin_lps_mm[1] + i * step[0][1] + j * step[1][1] + k * step[2][1];
        const z = origin_lps_mm[2] + i * step[0][2] + j * step[1][2] + k * step[2][2];
        into[at] = value(x, y, z);
      }
  return into;
}

const from = ([a, b, c], x, y, z) => Math.hypot(x - a, y - b, z - c);
const isMarked = (x, y, z) =>
  [x, y, z].every((mm, axis) => Math.abs(mm - MARKED.centre[axis]) <= MARKED.half);
const TISSUE = { T1: [420, 250], T1c: [430, 260], T2: [380, 780], FLAIR: [400, 120], subtraction: [0, 0] };
const TUMOURS = { T1: 300, T1c: 860, T2: 700, FLAIR: 720, subtraction: 420 };

function image({ grid, isHealthy }, timepoint, channel) {
  const [tissue, fluid] = TISSUE[channel];
  const gain = 1 + timepoint * 0.1;
  const value = (x, y, z) => {
    const head = Math.hypot(x / 78, y / 92, z / 80);
    if (head > 1) return 0;
    if (isMarked(x, y, z)) return 1600;
    if (head > 0.95) return channel === "subtraction" ? 0 : 700 * gain;
    const tumour = isHealthy ? Infinity : from(TUMOUR, x, y, z);
    if (tumour < RADII[timepoint] * 0.45) return tissue * 0.6 * gain;
    if (tumour < RADII[timepoint]) return TUMOURS[channel] * gain;
    const isVentricle = Math.hypot((Math.abs(x) - 13) / 7, (y + 4) / 28, (z - 8) / 14) < 1;
    if (isVentricle) return fluid * gain;
    const fold = Math.sin(x / 6) * Math.sin(y / 7) * Math.sin(z / 6.5);
    return (tissue + (channel === "subtraction" ? 12 : 70) * fold) * gain;
  };
  return fill(grid, new Int16Array(grid.size[0] * grid.size[1] * grid.size[2]), value);
}

function map({ grid, isHealthy }, timepoint, name) {
  const now = RADII[timepoint];
  const before = RADII[timepoint - 1] ?? now;
  const value = (x, y, z) => {
    if (isHealthy) return 0;
    const distance = from(TUMOUR, x, y, z);
    if (name === "change") {
      if (distance < Math.min(now, before)) return 3;
      if (distance < now) return 1;
      return distance < before ? 2 : 0;
    }
    if (name === "lesions") return distance < now ? 1 : 0;
    if (distance < now * 0.45) return 1;
    if (distance < now) return 3;
    if (distance < now + 9 && z > TUMOUR[2] - 8) return 2;
    return from([-20, -45, 10], x, y, z) < 9 ? 4 : 0;
  };
  return fill(grid, new Uint8Array(grid.size[0] * grid.size[1] * grid.size[2]), value);
}

/** A ball of triangles with a bump, and how far each vertex has moved. */
function surface(timepoint) {
  const [rows, columns] = [24, 40];
  const points = [];
  const growth = [];
  const triangles = [];
  for (let row = 0; row <= rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      const [ct, st] = [Math.cos((row * Math.PI) / rows), Math.sin((row * Math.PI) / rows)];
      const angle = (column * 2 * Math.PI) / columns;
      const bump = 1 + 0.25 * Math.max(0, ct) ** 2;
      const radius = RADII[timepoint] * bump;
      points.push(TUMOUR[0] + radius * st * Math.cos(angle), TUMOUR[1] + radius * st * Math.sin(angle), TUMOUR[2] + radius * ct);
      growth.push((RADII[timepoint] - (RADII[timepoint - 1] ?? RADII[timepoint])) * bump * 1.2);
      if (row === rows) continue;
      const next = (column + 1) % columns;
      const [a, b, c, d] = [row * columns + column, row * columns + next, (row + 1) * columns + column, (row + 1) * columns + next];
      triangles.push(a, c, b, b, c, d);
    }
  const vertices = points.length / 3;
  const data = new DataView(new ArrayBuffer(8 + vertices * 16 + triangles.length * 4));
  data.setUint32(0, vertices, true);
  data.setUint32(4, triangles.length / 3, true);
  [...points, ...growth].forEach((value, at) => data.setFloat32(8 + at * 4, value, true));
  triangles.forEach((value, at) => data.setUint32(8 + vertices * 16 + at * 4, value, true));
  return Buffer.from(data.buffer);
}

const ME = {
  display_name: "Dr <b>Noa</b> בר־לב",
  roles: ["radiologist", "oncologist"],
  notice: "",
};

const made = new Map();

/** The bytes of a volume, made once. */
function volume(study, timepoint, name) {
  const key = `${study}/${timepoint}/${name}`;
  const isMap = name === "labels" || name === "lesions" || name === "change";
  if (!made.has(key)) {
    const array = isMap ? map(STUDIES[study], timepoint, name) : image(STUDIES[study], timepoint, name);
    made.set(key, Buffer.from(array.buffer));
  }
  return made.get(key);
}

/** Makes the volumes of a study beforehand, so that a clock measures the screen and not this file. */
export function prepare(study) {
  for (const timepoint of [0, 1, 2, 3]) for (const name of ["T1c", "labels"]) volume(study, timepoint, name);
}

function send(response, status, type, body) {
  response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" });
  response.end(body);
}
const json = (response, body, status = 200) => send(response, status, "application/json", JSON.stringify(body));
const refuse = (response, status, detail) => json(response, { status, detail, id: "mock" }, status);

/** Answers a request if it is one of these; tells whether it was. */
export function answer(request, response) {
  const path = decodeURIComponent(new URL(request.url, "http://mock").pathname);
  if (path === "/api/v1/me") return json(response, ME), true;
  const match = /^\/api\/v1\/studies\/([^/]+)\/scene(?:\/(\d+)\/([^/]+)(?:\/([^/]+))?)?$/.exec(path);
  if (!match) return false;
  const [, study, timepoint, name, track] = match;
  const phantom = STUDIES[study];
  if (!phantom) return refuse(response, 404, "This study has not been analysed."), true;
  if (timepoint === undefined) return json(response, scene(study, phantom)), true;
  const bytes = name === "surface" && track ? surface(Number(timepoint)) : volume(study, Number(timepoint), name);
  const isCut = phantom.isBroken && name === "T1c" && timepoint === "2";
  send(response, 200, "application/octet-stream", isCut ? bytes.subarray(0, bytes.length - 7) : bytes);
  return true;
}

/** The same as a plugin of the development server. */
export function mockScene() {
  return {
    name: "mock-scene",
    apply: "serve",
    configureServer(server) {
      server.middlewares.use((request, response, next) => answer(request, response) || next());
    },
  };
}
