// Reviews: the draft, the outlines step by step, who was faster, the signature.
import { gunzipSync } from "node:zlib";
import * as phantom from "./phantom.mjs";

const TUMOURS = { "1.2.9.3": 3, "1.2.9.40": 40, "1.2.9.0": 0, "1.2.9.7": 2 };
const NAMES = ["left frontal", "right parietal", "left <b>parietal</b>"];
const reviews = new Map();

function begun(study) {
  const spots = phantom.tumours(TUMOURS[study] ?? 2);
  const found = phantom.labels(spots);
  return {
    study, spots, found, groups: [], steps: [{ map: found, groups: [] }], at: 0, revision: 4, version: 1,
    state: "preliminary", draft: null, rival: study === "1.2.9.7",
    before: phantom.volumes(found)[0],
    history: [{ version: 1, state: "preliminary", by: "", at_ms: Date.now() - 7.2e6, reason: "" }],
  };
}

function of(study) {
  if (!reviews.has(study)) reviews.set(study, begun(study));
  return reviews.get(study);
}

const now = (review) => review.steps[review.at];

function diameters([x, y, z, r], said) {
  const long = said?.long_ends_lps_mm ?? [[x - r, y, z], [x + r, y, z]];
  const short = said?.short_ends_lps_mm ?? [[x, y - r * 0.8, z], [x, y + r * 0.8, z]];
  const length = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
  return { long_ends_lps_mm: long, short_ends_lps_mm: short, long_mm: length(long), short_mm: length(short), slice: 28 };
}

function lesion(review, index, volumes_cm3) {
  const spot = review.spots[index - 1];
  return {
    index, track: `t${index}`, name: `L${index} ${NAMES[index - 1] ?? ""}`.trim(), volumes_cm3,
    bounds_cm3: [volumes_cm3.tc * 0.9, volumes_cm3.tc * 1.1],
    diameters: spot[3] < 4 ? null : diameters(spot, review.draft?.diameters.find((d) => d.track === `t${index}`)),
    centre_lps_mm: spot.slice(0, 3),
  };
}

function shown(review, me) {
  const whole = phantom.lesions(now(review).map, review.spots, now(review).groups);
  const there = [...new Set(whole)].filter(Boolean).sort((a, b) => a - b);
  const counted = phantom.volumes(now(review).map, whole);
  return {
    study: review.study, state: review.state, version: review.version, revision: review.revision,
    predecessor: review.version > 1 ? `${review.study}.v${review.version - 1}` : null,
    pending: Date.now() < (review.busy ?? 0),
    draft: review.draft && { ...review.draft, by_me: review.draft.by === me, edited: review.at > 0 || review.draft.diameters.length > 0,
      diameters: review.draft.diameters.map((d) => ({ ...d, ...diameters([0, 0, 0, 1], d) })) },
    measured: { volumes_cm3: counted[0], lesions: there.map((n) => lesion(review, n, counted[n])), before: { volumes_cm3: review.before } },
    history: review.history, may: { review: true, sign: true },
  };
}

function touch(review, by) {
  review.revision += 1;
  review.draft = { lesions: [], notes: "", diameters: [], ...review.draft, by, changed_ms: Date.now() };
}

function step(review, change) {
  review.steps = review.steps.slice(0, review.at + 1).concat([{ ...now(review), ...change }]).slice(-40);
  review.at = review.steps.length - 1;
}

function correct(review, wish) {
  const { map, groups } = now(review);
  const number = (track) => Number(String(track).slice(1));
  const whole = phantom.lesions(map, review.spots, groups);
  const code = { NETC: 1, SNFH: 2, ET: 3, RC: 4, none: 0 };
  if (wish.op === "undo") review.at = Math.max(0, review.at - 1);
  if (wish.op === "redo") review.at = Math.min(review.steps.length - 1, review.at + 1);
  if (wish.op === "reset") step(review, { map: review.found, groups: [] });
  if (wish.op === "remove") step(review, { map: map.map((v, at) => (whole[at] === number(wish.track) ? 0 : v)) });
  if (wish.op === "relabel")
    step(review, { map: map.map((v, at) => (whole[at] === number(wish.track) && v === code[wish.from] ? code[wish.to ?? "none"] : v)) });
  if (wish.op === "merge") {
    const [first, ...rest] = wish.tracks.map(number);
    const joined = [...groups];
    rest.forEach((n) => { joined[n] = first; });
    step(review, { groups: joined });
  }
  if (wish.op === "split") {
    const [x, y, z, r] = review.spots[number(wish.track) - 1];
    const n = wish.plane.normal;
    const size = Math.hypot(...n) || 1;
    review.spots.push([x + (n[0] / size) * r * 0.6, y + (n[1] / size) * r * 0.6, z + (n[2] / size) * r * 0.6, r * 0.6]);
    step(review, { map: map.slice() });
  }
}

/** Answers what is below /api/v1/studies/{study}/review and /scene. */
export async function answer({ study, rest, method, headers, body, me, steppedUp }) {
  const review = of(study);
  if (rest[0] === "scene") return scene(review, rest.slice(1));
  if (method === "GET" && rest[1] === "labels") return { bytes: phantom.bytes(now(review).map), etag: review.revision };
  if (method === "GET") return { json: shown(review, me), etag: review.revision };
  if (rest[1] === "sign" && !steppedUp()) return { stepUp: true };
  const seen = Number(String(headers["if-match"] ?? "").replaceAll('"', ""));
  if (review.rival) {
    review.rival = false;
    touch(review, "Dr. Miriam Katz");
    review.draft.notes = "Rim reached the falx; corrected.";
  }
  if (seen !== review.revision) return { problem: [412, "somebody else changed this review; please look at it again"] };
  touch(review, me);
  if (rest[1] === "draft") Object.assign(review.draft, JSON.parse(body));
  if (rest[1] === "labels") step(review, { map: new Uint8Array(headers["content-encoding"] === "gzip" ? gunzipSync(body) : body) });
  if (rest[1] === "correct") correct(review, JSON.parse(body));
  if (rest[1] === "sign") {
    const { decision, reason } = JSON.parse(body);
    review.state = { accept: "verified", amend: "amended", reject: "rejected" }[decision];
    review.version += 1;
    review.busy = Date.now() + 3_000;
    review.draft = null;
    review.history.push({ version: review.version, state: review.state, by: me, at_ms: Date.now(), reason });
  }
  return { json: shown(review, me), etag: review.revision, status: rest[1] === "sign" ? 202 : 200 };
}

function scene(review, rest) {
  if (rest.length === 0) {
    const channels = ["T1", "T1c", "T2", "FLAIR"].map((name) => ({ name, window: [0, 300] }));
    const timepoint = { index: 0, study: review.study, date: "2026-05-04", channels, registration: { passed: true, why: "", error_mm: 0.6 }, has_labels: true };
    const tracks = review.spots.map((_, n) => ({ uid: `t${n + 1}`, name: `L${n + 1}`, colour_index: n % 7, sightings: [] }));
    return { json: { study: review.study, grid: phantom.GRID, timepoints: [timepoint], current: 0, tracks, surfaces: [], medians: [] } };
  }
  const { map, groups } = now(review);
  if (rest[1] === "labels") return { bytes: phantom.bytes(review.found) };
  if (rest[1] === "lesions") return { bytes: phantom.bytes(phantom.lesions(map, review.spots, groups)) };
  return { bytes: phantom.bytes(phantom.image(decodeURIComponent(rest[1]), review.found)) };
}
