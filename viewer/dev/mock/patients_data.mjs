// Made-up patients, their measurements, documents and trails, in the forms of the node.
import { createHash } from "node:crypto";

const DAY = 86_400_000;
const NOW = Date.now();
const STAGES = ["identify", "assemble", "segment", "align", "track", "assess", "author", "deliver"];
const sha = (text) => createHash("sha256").update(text).digest("hex");
const round = (value, digits = 2) => Number(value.toFixed(digits));
const day = (back) => new Date(NOW - back * DAY).toISOString().slice(0, 10);
const uid = (n) => `2.25.${100000000000 + n}`;

function volumes(et, netc, snfh, rc) {
  const all = { et, netc, snfh, rc, tc: et + netc, wt: et + netc + snfh };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, round(value, 3)]));
}

/** A lesion of some size; the small ones have no diameters. */
function lesion(index, size) {
  const et = size * 0.4;
  const long = round(14 * Math.cbrt(size), 1);
  const short = round(long * 0.7, 1);
  return {
    index, volumes_cm3: volumes(et, size * 0.2, size * 0.4, index === 1 ? 1.4 : 0),
    bounds_cm3: [round(size * 0.86), round(size * 1.15)], centre_lps_mm: [10 * index, -12, 30],
    diameters: size < 0.4 ? null : { long_mm: long, short_mm: short, slice: 60 + index, long_ends_lps_mm: [[0, 0, 0], [long, 0, 0]], short_ends_lps_mm: [[0, 0, 0], [0, short, 0]] },
  };
}

/** What became of a lesion from one timepoint to the next. */
function fateOf(track, timepoint, sizes) {
  const [now, before] = [sizes[track][timepoint], timepoint > 0 ? sizes[track][timepoint - 1] : null];
  if (timepoint === 0) return now ? "first" : null;
  if (!now) return before ? "vanished" : null;
  if (!before) return sizes[track].slice(0, timepoint).some(Boolean) ? "reappeared" : "new";
  return track === 1 && timepoint === 2 ? "split" : track === 2 && timepoint === 2 ? "merged" : "persisting";
}

function sum(list, pick) {
  return list.reduce((total, one) => total + pick(one), 0);
}

function findings(study, date, sizes, at) {
  const lesions = sizes.flatMap((row, n) => (row[at] ? [lesion(n + 1, row[at])] : []));
  const of = (name) => round(sum(lesions, (one) => one.volumes_cm3[name]), 3);
  const names = ["et", "netc", "snfh", "rc", "tc", "wt"];
  const products = sum(lesions, (one) => (one.diameters ? one.diameters.long_mm * one.diameters.short_mm : 0));
  return {
    study, date, lesions, volumes_cm3: Object.fromEntries(names.map((name) => [name, of(name)])),
    ignored: 1, ignored_cm3: 0.02, sum_of_products_mm2: round(products, 1), spacing_mm: [1, 1, 1],
    input_sha256: sha(study),
  };
}

const NEEDED = ["end date of radiotherapy", "date of surgery", "corticosteroid dose", "clinical status"];

const RANO_2010 = "Wen et al., J Clin Oncol 2010, as tabulated in PMC6499019 table 2 and PMC7968800 table 2";
const RANO_2 = "Wen et al., J Clin Oncol 2023, doi 10.1200/JCO.23.01059, through CFB-GBM v2.0 and rano2.0-assist";

function verdict(criteria, imaging, rule, because, changes, missing) {
  return {
    criteria, imaging, overall: null, rule, because, missing, source: criteria === "RANO 2010" ? RANO_2010 : RANO_2,
    change_from_reference_percent: changes[0], change_from_nadir_percent: changes[1], verified: criteria === "RANO 2010",
  };
}

const DOUBTS = {
  poor_registration: ["a", true, "The images could not be aligned well enough: mutual information 0.21 is below 0.30."],
  different_slices: ["1", false, "Slice thickness differs between the compared studies (1 mm and 5 mm)."],
  no_measurable_tumour: ["", false, "No measurable tumour."],
  unverified_rule: ["rano-2.0", false, "The rule rano-2.0 was implemented from secondary sources."],
  ambiguous_series: ["1.2.3", true, "2 series could be the T1c series; please say which one it is."],
};
const doubt = (kind) => {
  const details = kind === "different_slices" ? ["1", "5"] : kind === "ambiguous_series" ? ["1.2.3", "1.2.4"] : [DOUBTS[kind][0]].filter(Boolean);
  const role = kind === "ambiguous_series" ? { role: "T1c" } : {};
  return { kind, ...role, details, holds: DOUBTS[kind][1], sentence: DOUBTS[kind][2] };
};

/** Sizes of lesions, one row a lesion and one column a timepoint. */
const grown = (count, points, size, pace) =>
  Array.from({ length: count }, (_, n) => Array.from({ length: points }, (_, t) =>
    n > 0 && n % 5 === 4 && t === 0 ? 0 : n % 7 === 6 && t === points - 1 ? 0 : round((size / (n + 1)) * pace(t) + 0.1)));

const CASES = [
  { name: "Levi^Dana", id: "MRN-10021", birth: "19720314", sex: "F", state: "preliminary", sizes: grown(3, 8, 20, (t) => [1, 0.7, 0.5, 0.42, 0.45, 0.5, 0.62, 0.8][t]), imaging: "PD", doubts: ["different_slices", "unverified_rule"], events: true },
  { name: "כהן^אברהם", id: "MRN-10022", birth: "19581101", sex: "M", state: "verified", sizes: grown(2, 3, 14, (t) => [1, 0.5, 0.3][t]), imaging: "PR", doubts: ["unverified_rule"], events: true },
  { name: "<b>Bold</b>^Test & Co", id: "MRN-<i>3</i>", birth: "", sex: "", state: "analysing", sizes: grown(1, 2, 6, () => 1), imaging: "SD", doubts: [], job: ["running", "segment"] },
  { name: "מזרחי^שרה", id: "MRN-10024", birth: "19660730", sex: "F", state: "held", sizes: grown(1, 1, 9, () => 1), imaging: null, doubts: ["ambiguous_series"], job: ["held", "identify"] },
  { name: "Haddad^Yusuf", id: "MRN-10025", birth: "19490202", sex: "M", state: "amended", sizes: grown(40, 3, 12, (t) => [1, 1.3, 1.9][t]), imaging: "PD", doubts: ["poor_registration"] },
  { name: "Petrov^Irina", id: "MRN-10026", birth: "19810919", sex: "F", state: "verified", sizes: [[6, 0], [1.2, 0]], imaging: "CR", doubts: ["no_measurable_tumour"] },
  { name: "Okafor^Chidi", id: "MRN-10027", birth: "19750505", sex: "M", state: "failed", sizes: null, imaging: null, doubts: [], job: ["failed", "assemble"] },
  { name: null, id: null, birth: "", sex: "", state: "received", sizes: null, imaging: null, doubts: [] },
  { name: "Silva^Maria Fernanda de Oliveira e Albuquerque", id: "MRN-10029", birth: "19900101", sex: "F", state: "rejected", sizes: grown(1, 4, 3, () => 1), imaging: "SD", doubts: [], dateless: true },
  { name: "Emergency^Only", id: "MRN-99999", birth: "19601212", sex: "M", state: "verified", sizes: grown(2, 2, 8, (t) => 1 - t * 0.1), imaging: "SD", doubts: [], access: null },
  ...Array.from({ length: 26 }, (_, n) => ({ name: `Example^Patient ${n + 1}`, id: `MRN-2${String(n).padStart(4, "0")}`, birth: "19700101", sex: n % 2 ? "F" : "M", state: "preliminary", sizes: grown(1, 2, 4 + n, () => 1), imaging: "SD", doubts: [] })),
];

function assessed(one) {
  if (!one.sizes || !one.points.length) return null;
  const [first, last] = [one.points[0], one.points[one.points.length - 1]];
  const change = last.volumes_cm3.wt - first.volumes_cm3.wt;
  const alone = one.points.length === 1;
  return {
    study: last.study, date: last.date, made_ms: NOW - (one.n % 9) * 7 * 3_600_000 - 600_000, criteria: "RANO 2010",
    response: one.imaging, is_overall: false, volume_cm3: last.volumes_cm3.wt, change_cm3: alone ? null : round(change),
    change_percent: alone || !first.volumes_cm3.wt ? null : round((100 * change) / first.volumes_cm3.wt, 1), noise_cm3: round(0.12 * last.volumes_cm3.wt + 0.1),
    versus: one.n % 2 ? "baseline" : "earliest available", doubts: one.doubts.length,
  };
}

function build(given, n) {
  const count = given.sizes ? given.sizes[0].length : 1;
  const studies = Array.from({ length: count }, (_, t) => ({
    study: uid(n * 100 + t), date: given.dateless ? null : day(12 + n + (count - 1 - t) * 75), state: given.state === "received" ? "receiving" : "settled",
  }));
  const points = given.sizes ? studies.map((study, t) => findings(study.study, study.date, given.sizes, t)) : [];
  const one = { ...given, n, studies, points, access: given.access === undefined ? (n === 1 ? "delegated" : "assigned") : given.access };
  const last = studies[count - 1];
  const patient = `p${sha(`patient ${n}`).slice(0, 12)}`;
  const job = given.job ? { id: n + 1, study: last.study, patient, revision: 3, state: given.job[0], stage: given.job[1], failed_attempts: given.job[0] === "failed" ? 3 : 0, reason: given.job[0] === "failed" ? "the T1c series has 3 slices" : given.job[0] === "held" ? DOUBTS.ambiguous_series[2] : "", fault: "", released: false, changed_ms: NOW - 60_000 } : null;
  const identity = given.name === null ? null : { name: given.name, patient_id: given.id, birth_date: given.birth, sex: given.sex };
  one.row = { patient, identity, studies: count, newest_study_date: last.date ?? "", last_arrival_ms: NOW - n * 3_600_000, job, state: given.state, assessed: assessed(one) };
  return one;
}

export const PATIENTS = CASES.map(build);

/** The record of a patient's newest assessment; nothing before the first. */
export function assessmentOf(one) {
  if (!one.points.length) return null;
  const last = one.points.length - 1;
  const least = one.points.reduce((best, point, n) => (n < last && point.volumes_cm3.wt < one.points[best].volumes_cm3.wt ? n : best), 0);
  const tracks = one.sizes.map((_, n) => ({
    uid: uid(900000 + one.n * 100 + n), name: `Lesion ${n + 1}`,
    sightings: one.points.map((point, t) => ({ fate: fateOf(n, t, one.sizes), lesions: one.sizes[n][t] ? [n + 1] : [] })),
  }));
  const [now, then] = [one.points[last].sum_of_products_mm2, one.points[0].sum_of_products_mm2];
  const change = then ? round((100 * (now - then)) / then, 1) : null;
  const because = `Sum of products of diameters ${now} mm2, ${change ?? "?"} % against the reference (${then} mm2).`;
  return {
    version: 1, timepoints: one.points, tracks, reference: 0, reference_kind: one.n % 2 ? "baseline" : "earliest available", nadir: least,
    verdicts: [
      verdict("RANO 2010", one.imaging, one.imaging ? `${one.imaging.toLowerCase()}-increase` : "nothing-measurable", because, [change, change], NEEDED),
      verdict("RANO 2.0", one.imaging, "sd", because.replace("Sum of products of diameters", "Enhancing volume"), [change, null], NEEDED.slice(0, 2)),
    ],
    doubts: one.doubts.map(doubt), software_version: "0.1.0", model: { name: "interval-default", version: "1.2.0", sha256: sha("model") },
    trail: [
      { stage: "identify", by: "stage", what: "T1c is series 5", why: "contrast agent named; inversion time absent" },
      { stage: "assess", by: "evaluator", what: "the result may leave as preliminary", why: "3 of 3 checks passed" },
    ],
  };
}

export function timelineOf(one) {
  const assessment = assessmentOf(one);
  const bands = one.points.map((point) => [round(point.volumes_cm3.wt * 0.87), round(point.volumes_cm3.wt * 1.14)]);
  const least = assessment ? one.points[assessment.nadir] : null;
  const thresholds = least && one.points.length > 1
    ? [
        { criteria: "RANO 2010", word: "PD", quantity: "sum_of_products_mm2", value: round(least.sum_of_products_mm2 * 1.25, 1), from: "nadir", source: RANO_2010 },
        { criteria: "RANO 2.0", word: "PD", quantity: "et_cm3", value: round(least.volumes_cm3.et * 1.4), from: "nadir", source: RANO_2 },
        { criteria: "RANO 2.0", word: "PR", quantity: "et_cm3", value: round(one.points[0].volumes_cm3.et * 0.35), from: "reference", source: RANO_2 },
      ]
    : [];
  const events = one.events
    ? [
        { kind: "surgery", from: day(640), to: null, text: "Gross total resection, left frontal", source: "Procedure/31" },
        { kind: "radiotherapy", from: day(560), to: day(518), text: "60 Gy in 30 fractions", source: "Procedure/32" },
        { kind: "drug", from: day(560), to: day(200), text: "Temozolomide 75 mg/m²", source: "MedicationRequest/7" },
        { kind: "steroid", from: day(90), to: null, text: "Dexamethasone 4 mg daily", source: "MedicationRequest/9" },
      ]
    : [];
  const first = assessment?.timepoints[0];
  const rows = assessment?.tracks.flatMap((track, n) => one.points.map((point, t) => {
    const [now, then] = [point.lesions.find((it) => it.index === n + 1), first.lesions.find((it) => it.index === n + 1)];
    const [a, b] = [now?.volumes_cm3.wt ?? 0, then?.volumes_cm3.wt ?? 0];
    return { track: track.uid, timepoint: t, change_cm3: t ? round(a - b) : null, change_percent: t && b ? round((100 * (a - b)) / b, 1) : null, product_mm2: now?.diameters ? round(now.diameters.long_mm * now.diameters.short_mm, 1) : null };
  }));
  return {
    patient: one.row.patient, study: assessment ? one.studies[one.studies.length - 1].study : null, made_ms: one.row.assessed?.made_ms ?? null, assessment, bands_cm3: bands, thresholds, events,
    studies: one.studies, assessed: one.row.assessed, ...(rows ? { lesions: rows } : {}),
  };
}

export function documentsOf(one, study) {
  if (!one.points.length) return { documents: [], missing: ["There is no result of this study yet."] };
  const delivery = (state, last_error = "") => ({ destination: "PACS", state, attempt: state === "delivered" ? 1 : 2, last_error, changed_ms: NOW - 3_600_000 });
  const document = (n, kind, version, state, more = {}) => ({
    uid: uid(700000 + one.n * 100 + n), kind, version, state, made_ms: NOW - (5 - n) * 3_600_000, bytes: 81_234 * n, deliveries: [delivery("delivered")], signature: null, ...more,
  });
  const list = [
    document(1, "segmentation", 2, "current"), document(2, "report", 2, "current"),
    document(3, "document", 1, "superseded", { signature: { valid: true, signer: "Interval node", time_ms: NOW - 7_200_000, why: "" } }),
    document(4, "document", 2, "current", { signature: one.n === 4 ? { valid: false, signer: "", time_ms: null, why: "The document was changed after it was sealed." } : { valid: true, signer: "ד״ר רות בן־דוד", time_ms: NOW - 3_600_000, why: "" }, deliveries: [delivery("pending", "association rejected: called AE title not recognised"), { ...delivery("delivered"), destination: "EHR" }] }),
  ];
  return { documents: list, missing: one.state === "preliminary" ? ["A radiologist has not signed this result."] : [] };
}

export function trailOf(one, study) {
  if (!one.points.length) return { nodes: [], edges: [] };
  const nodes = [];
  const edges = [];
  const add = (id, stage, title, why, more = {}) => nodes.push({ id, stage, by: "stage", title, why, cost_cpu_ms: 1200, model: null, artefacts: [], timepoint: null, rule: null, ...more });
  const artefact = (name) => ({ name, bytes: 48_211, sha256: sha(name), href: `/api/v1/studies/${study}/trail/${encodeURIComponent(name)}` });
  add("plan", "identify", "Strategy: longitudinal, with a network", "T1c and FLAIR are there at every timepoint", { by: "coordinator" });
  one.points.forEach((point, t) => {
    const at = { timepoint: point.date };
    add(`identify-${t}`, "identify", "T1c is series 5", "contrast agent named in the header; no inversion time; 1 mm isotropic", at);
    add(`assemble-${t}`, "assemble", "Stack of 176 slices", "176 slices, even spacing 1.0 mm", { ...at, artefacts: [artefact(`assemble-${t}.json`)] });
    add(`segment-${t}`, "segment", `${point.lesions.length} lesions, ${point.volumes_cm3.wt} cm3`, "5 folds agree, Dice 0.91", { ...at, cost_cpu_ms: 412_000, model: { name: "interval-default", version: "1.2.0", sha256: sha("model") }, artefacts: [artefact(`labels-${t}.nii.gz`), artefact(`segment-${t}.json`)] });
    edges.push(["plan", `identify-${t}`], [`identify-${t}`, `assemble-${t}`], [`assemble-${t}`, `segment-${t}`]);
    if (t > 0) {
      add(`align-${t}`, "align", `Aligned to ${one.points[0].date ?? "study 1"}`, "rigid, mutual information 0.61 (gate 0.30), mean displacement 0.8 mm", { ...at, artefacts: [artefact(`align-${t}.json`)] });
      edges.push([`segment-${t}`, `align-${t}`], [`align-${t}`, "track"]);
    } else edges.push([`segment-${t}`, "track"]);
  });
  add("track", "track", "Lesions matched through time", `${one.sizes.length} tracks`);
  add("assess", "assess", `Imaging category ${one.imaging ?? "none"}`, "RANO 2010, row pd-increase: sum of products +31 % from the nadir; threshold +25 %", { rule: { criteria: "RANO 2010", rule: "pd-increase", change_from_reference_percent: -13.7, change_from_nadir_percent: 31.2, verified: true, source: RANO_2010, missing: NEEDED }, artefacts: [artefact("assessment.json")] });
  add("check", "assess", "The result may leave as preliminary", "3 of 3 checks passed", { by: "evaluator" });
  add("human", "author", "Lesion 2 relabelled", "‘Radiation necrosis, not tumour’", { by: "human", cost_cpu_ms: null });
  add("author", "author", "SEG, SR and PDF written", "read back and compared: equal");
  add("deliver", "deliver", "Sent to PACS", "3 of 3 objects committed");
  edges.push(["track", "assess"], ["assess", "check"], ["check", "author"], ["human", "author"], ["author", "deliver"]);
  // The node counts its steps in the order of the stages.
  nodes.sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
  const place = new Map(nodes.map((node, n) => [node.id, n]));
  return {
    study, job: 1, nodes: nodes.map((node, id) => ({ ...node, id })),
    edges: edges.map((edge) => edge.map((id) => place.get(id))),
  };
}

/** What people said about a result. */
export function reviewOf(one) {
  const said = { verified: "", amended: "Lesion 2 is radiation necrosis", rejected: "Wrong series" }[one.state];
  const first = { version: 1, state: "preliminary", by: "Interval node", at_ms: NOW - 7_200_000, reason: null };
  if (said === undefined) return { state: "preliminary", version: 1, history: [first] };
  return { state: one.state, version: 2, history: [first, { version: 2, state: one.state, by: "ד״ר רות בן־דוד", at_ms: NOW - 3_600_000, reason: said || null }] };
}
