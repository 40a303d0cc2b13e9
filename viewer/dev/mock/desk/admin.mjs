// What the administrator and the auditor see: believable, with the odd ones among it.

const HOUR = 3.6e6;
const DAY = 24 * HOUR;
const ago = (ms) => Date.now() - ms;
const IDP = "https://idp.example#";
export const PEOPLE = ["d.levi", "m.katz", "a.cohen", "s.<b>bold</b>", "z.mizrahi"];
const NAMES = ["Dana Levi", "ד\"ר מרים כץ", "אבי כהן", "Sam <b>Bold</b>", ""];
const ROLES = [["radiologist"], ["oncologist"], ["clinician"], ["oncologist", "radiologist"], ["administrator"]];

const users = PEOPLE.map((person, n) => ({
  user: String(n + 1), person: IDP + person, name: NAMES[n], roles: ROLES[n],
  seen_ms: n === 4 ? null : ago(n * 5 * HOUR), disabled_ms: n === 3 ? ago(2 * DAY) : null,
}));

const assignments = Array.from({ length: 230 }, (_, n) => ({
  assignment: n + 1, person: IDP + PEOPLE[n % 3], patient: `P${(0x9a3c + n * 7919).toString(16).padStart(12, "0")}`,
  from_ms: ago((n % 90) * DAY), until_ms: n % 4 === 0 ? null : ago((n % 90) * DAY - 95 * DAY - (n % 7) * DAY),
  revoked_ms: n % 11 === 5 ? ago(DAY) : null, state: n % 11 === 5 ? "revoked" : n % 17 === 3 ? "planned" : n % 23 === 4 ? "over" : "active",
  made_by: n % 5 ? `${IDP}z.mizrahi` : null, delegated_from: n % 13 === 6 ? n : null,
}));

let cases = [
  { case: 12, person: `${IDP}a.cohen`, patient: "P00000000a211", reason: "Seizure in the emergency room, no assignment yet; CT shows a mass.", from_ms: ago(9 * HOUR), until_ms: ago(5 * HOUR), verdict: null, notice: "Emergency access is recorded and will be reviewed." },
  { case: 13, person: `${IDP}d.levi`, patient: "P00000000b774", reason: "חולה מחוסר הכרה, נדרשת השוואה לבדיקה קודמת", from_ms: ago(2 * HOUR), until_ms: Date.now() + 2 * HOUR, verdict: null, notice: "Emergency access is recorded and will be reviewed." },
];

const ACTIONS = ["read", "query", "receive", "sign-in", "assign", "sign", "break-glass", "export"];
function record(place) {
  if (place === 1180) return { place, readable: false, at_ms: 0, actor: "", action: "", resource: "", resource_id: "", outcome: "", detail: "" };
  return {
    place, readable: true, at_ms: ago((1204 - place) * 7 * 60_000), actor: place % 5 ? `person ${1 + (place % 5)}` : "system",
    action: ACTIONS[place % 8], resource: place % 3 ? "study" : "patient", resource_id: place % 3 ? `1.2.9.${place % 50}` : "",
    patient: place % 4 ? `P00000000${(place * 31).toString(16)}` : null, outcome: place % 29 === 0 ? "refused" : "success",
    detail: "none", count: place % 6 === 0 ? 14 : null, trace: null,
  };
}

const STATES = ["running", "completed", "held", "failed", "pending", "completed", "cancelled", "failed"];
export const jobs = Array.from({ length: 34 }, (_, n) => ({
  id: 400 - n, study: n === 2 ? "1.2.9.5" : `1.2.9.${100 + n}`, patient: `P00000000${(4000 + n * 97).toString(16)}`, revision: 1, state: STATES[n % 8],
  stage: ["segment", "deliver", "identify", "assemble", "identify", "deliver", "align", "deliver"][n % 8], failed_attempts: n % 8 === 3 ? 5 : 0,
  reason: n % 8 === 2 ? "2 series could be the T1c series; please say which one it is." : n % 8 === 3 ? "the model's files cannot be read" : n % 8 === 7 ? "the archive did not answer in 30 s" : "",
  fault: n % 8 === 3 ? "defect" : n % 8 === 7 ? "unavailable" : "", released: false, changed_ms: ago(n * 0.4 * HOUR),
}));

const peers = [
  { name: "hospital-pacs", title: "MAINPACS", address: "10.4.2.11:11112", uses: ["query", "retrieve", "send"] },
  { name: "reading-room", title: "READING1", address: "10.4.2.40:104", uses: ["send"] },
  { name: "archive-old", title: "", address: null, uses: ["query"] },
];

const rules = [
  { name: "brain-tumour", conditions: ["modality is MR", "body part is BRAIN or HEAD", "a T1c and a FLAIR series are there"], action: "analyse", destinations: ["hospital-pacs"], model: "swin-glioma" },
  { name: "everything else", conditions: [], action: "ignore", destinations: [], model: null },
];

const deliveries = Array.from({ length: 18 }, (_, n) => ({
  id: 900 - n, study: `1.2.9.${100 + n}`, patient: `P00000000${(4000 + n * 97).toString(16)}`, destination: peers[n % 2].name,
  kind: ["SEG", "SR", "PDF"][n % 3], uid: `1.2.9.${100 + n}.8.${n}`, state: ["delivered", "pending", "failed", "delivered", "delivered"][n % 5],
  attempt: n % 5 === 2 ? 8 : 1, last_error: n % 5 === 2 ? "association rejected: calling AE title not recognised" : null, changed_ms: ago(n * HOUR),
}));

export const models = [
  { name: "swin-glioma", version: "2.3.0", sha256: "9f2c1be07a41d4f38e0b6a2b5a0f1a77f7d1c0de8b6f6c1d2aa0d2c3b4e5f601", signed: true, why: "signed by the hospital's key of 2026", is_default: true, limitations: ["Adults, pre-operative and post-operative glioma at 1.5 T and 3 T.", "Not tried on children, nor on metastases."] },
  { name: "mets-unet", version: "1.1.4", sha256: "11ab5be07a41d4f38e0b6a2b5a0f1a77f7d1c0de8b6f6c1d2aa0d2c3b4e5aa10", signed: false, why: "nobody whom this node trusts signed it", is_default: false, limitations: [] },
];

const overview = () => ({
  health: { ready: true, troubles: [], degraded: ["The time-stamping authority does not answer; reports are signed without a time stamp."] },
  disk: { free_bytes: 212e9, total_bytes: 960e9, watermark_bytes: 96e9 },
  queues: [{ name: "analysis", waiting: 6, running: 2, failed: 3 }, { name: "delivery", waiting: 4, running: 1, failed: 4 }, { name: "priors", waiting: 0, running: 0, failed: 0 }],
  workers: [{ state: "busy", job: 400, stage: "segment" }, { state: "busy", job: 392, stage: "align" }, { state: "idle", job: null, stage: null }],
  certificates: [
    { what: "web", subject: "CN=interval.hospital.example", not_after_ms: Date.now() + 61 * DAY },
    { what: "signing", subject: "CN=Interval report signing", not_after_ms: Date.now() + 12 * DAY },
    { what: "dicom", subject: "CN=MAINPACS", not_after_ms: ago(DAY) },
  ],
  version: "0.1.0",
});

/** Answers the routes of duty; nothing where it is none. */
export function answer({ path, method, body, query, roles, steppedUp }) {
  const isAdmin = roles.includes("administrator");
  const isAuditor = roles.includes("auditor");
  const wish = body.length ? JSON.parse(body) : {};
  const [a, b, c] = path;
  const page = (list) => list.slice(Number(query.get("offset") ?? 0)).slice(0, Number(query.get("limit") ?? 200));
  if (a === "audit") {
    if (!isAuditor) return { problem: [403, "You have no access to this."] };
    if (b === "verify") return { json: { records: 1204, root: "6b1f…", anchored: 1190, checkpoints: 3, first_bad: null, complaints: [] } };
    const limit = Number(query.get("limit") ?? 100);
    const from = Number(query.get("from") ?? 1204 - limit);
    return { json: { total: 1204, records: Array.from({ length: Math.min(limit, 1204 - from) }, (_, n) => record(from + n)) } };
  }
  if (a === "break-glass") {
    if (!isAdmin && !isAuditor) return { problem: [403, "You have no access to this."] };
    if (b === "pending") return steppedUp() ? { json: { cases } } : { stepUp: true };
    if (!steppedUp()) return { stepUp: true };
    const judged = { ...cases.find((one) => one.case === Number(b)), verdict: wish.verdict };
    cases = cases.filter((one) => one.case !== Number(b));
    return { json: judged };
  }
  if (a === "models") return { json: { models } };
  if (!isAdmin) return a === "jobs" ? jobsOf(method, path, page) : { problem: [403, "You have no access to this."] };
  if (a === "jobs") return jobsOf(method, path, page);
  if (method === "POST" && (a === "assignments" || a === "users") && !steppedUp()) return { stepUp: true };
  if (a === "assignments") return assignmentsOf({ method, b, wish, page });
  if (a === "users") {
    const user = users.find((one) => one.user === b);
    if (!user) return { json: { users } };
    user.disabled_ms = c === "disable" ? Date.now() : null;
    return { json: user };
  }
  return duty(method, path, query, wish);
}

function assignmentsOf({ method, b, wish, page }) {
  if (method === "GET") return { json: { total: assignments.length, assignments: page(assignments) } };
  if (b) {
    const one = assignments.find((each) => each.assignment === Number(b));
    Object.assign(one, { state: "revoked", revoked_ms: Date.now() });
    return { json: one };
  }
  if (wish.patient_id === "unknown") return { problem: [403, "You have no access to this."] };
  const made = { assignment: assignments.length + 1, patient: `P${String(wish.patient_id).padStart(12, "0")}`, revoked_ms: null, state: "active", made_by: `${IDP}z.mizrahi`, from_ms: Date.now(), delegated_from: null, until_ms: null, ...wish };
  assignments.unshift(made);
  return { json: made, status: 201 };
}

function jobsOf(method, [, id, verb], page) {
  if (method === "GET") return { json: { jobs: page(jobs) } };
  const job = jobs.find((one) => one.id === Number(id));
  if (!job) return { problem: [403, "You have no access to this."] };
  Object.assign(job, { state: verb === "cancel" ? "cancelled" : "pending", reason: "", changed_ms: Date.now() });
  return { json: {} };
}

function duty(method, [, b, c, d], query, wish) {
  if (b === "overview") return { json: overview() };
  if (b === "peers" && method === "GET") return { json: { peers } };
  if (b === "peers") return { json: c === "archive-old" ? { ok: false, took_ms: 5003, why: "Nobody answers at 10.4.9.3:104." } : { ok: true, took_ms: 14, why: null } };
  if (b === "rules" && method === "GET") return { json: { rules } };
  if (b === "rules") {
    const isTumour = wish.study === "1.2.9.3";
    const [last] = rules[0].conditions.slice(-1);
    const opinion = { rule: "brain-tumour", matches: isTumour, holds: isTumour ? rules[0].conditions : rules[0].conditions.slice(0, 2), fails: isTumour ? [] : [last] };
    return { json: { fired: isTumour ? "brain-tumour" : "everything else", action: isTumour ? "analyse" : "ignore", destinations: isTumour ? ["hospital-pacs"] : [], why: [opinion, { rule: "everything else", matches: true, holds: [], fails: [] }] } };
  }
  if (b === "deliveries" && method === "GET") {
    const fitting = deliveries.filter((one) => !query.get("state") || one.state === query.get("state"));
    return { json: { total: fitting.length, deliveries: fitting } };
  }
  const one = deliveries.find((each) => each.id === Number(c));
  Object.assign(one, { state: d === "cancel" ? "failed" : "pending", changed_ms: Date.now() });
  return { json: one };
}
