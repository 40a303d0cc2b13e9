// A stand-in for the node while the screens of worklist, patient, trail, report and summary are
// worked on: `node dev/mock/patients.mjs [port]`. It answers the API with made-up patients, and
// serves `dist/` under the node's own content policy, so that what the policy forbids shows here.
// The people are invented. Nothing of this is in the build.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { PATIENTS, assessmentOf, documentsOf, reviewOf, timelineOf, trailOf } from "./patients_data.mjs";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml" };
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
  "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const STAGES = ["identify", "assemble", "segment", "align", "track", "assess", "author", "deliver"];
const BODY_MAX = 64 * 1024;

const opened = new Set();
let asked = 0;

function answer(response, body, status = 200) {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}

function refuse(response, status, detail, more = {}) {
  answer(response, { title: "refused", status, detail, id: `r-${++asked}`, ...more }, status);
}

function me(role) {
  const now = Date.now();
  return {
    person: "https://login.example|miriam", display_name: "Dr Miriam Azulay", roles: role.split("+"),
    means: "session", notice: "", ends_ms: now + 8 * 3_600_000, idle_ends_ms: now + 900_000,
    assurance: { factors: "several", auth_time_ms: now, stepped_up: false },
  };
}

function worklist(query) {
  const text = (query.get("search") ?? "").trim().toLowerCase();
  const state = query.get("state") ?? "";
  const mine = PATIENTS.filter((one) => one.access !== null || opened.has(one.row.patient));
  const found = mine.map((one) => one.row).filter((row) => {
    const words = `${row.identity?.name ?? ""} ${row.identity?.patient_id ?? ""}`.toLowerCase();
    return (!text || words.includes(text)) && (!state || row.state === state);
  });
  const keys = {
    arrival: (row) => row.last_arrival_ms,
    oldest: (row) => -row.last_arrival_ms,
  };
  const key = keys[query.get("sort") ?? "arrival"] ?? keys.arrival;
  found.sort((a, b) => (key(a) < key(b) ? 1 : key(a) > key(b) ? -1 : 0));
  const [offset, limit] = [Number(query.get("offset") ?? 0), Number(query.get("limit") ?? 50)];
  return { total: found.length, patients: found.slice(offset, offset + limit) };
}

/** One running study goes through its stages, over and over. */
function events(response) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write(": watching\n\n");
  const running = PATIENTS.find((one) => one.row.job?.state === "running");
  let step = 0;
  const beat = setInterval(() => {
    const job = { ...running.row.job, stage: STAGES[step++ % 7], changed_ms: Date.now() };
    response.write(`event: job\ndata: ${JSON.stringify(job)}\n\n`);
  }, 1500);
  response.on("close", () => clearInterval(beat));
}

async function body(request) {
  let text = "";
  for await (const piece of request) {
    text += piece;
    if (text.length > BODY_MAX) break;
  }
  return JSON.parse(text || "{}");
}

async function post(path, request, response) {
  const wish = await body(request);
  if (path === "/api/v1/delegations") {
    if (!String(wish.to).includes("|")) return refuse(response, 400, "A person is named by issuer and subject.");
    return answer(response, { assignment: 9, patient: wish.patient, person: wish.to, from_ms: Date.now(), until_ms: wish.until_ms ?? null, state: "active" }, 201);
  }
  if (path !== "/api/v1/break-glass") return refuse(response, 404, "There is no such page.");
  if (String(wish.reason).includes("step-up"))
    return refuse(response, 403, "This needs a fresh sign-in with several factors.", { step_up: true });
  const one = PATIENTS.find((it) => wish.patient ? it.row.patient === wish.patient : it.row.identity?.patient_id === wish.patient_id);
  if (!one) return refuse(response, 403, "Not yours, or not there.");
  opened.add(one.row.patient);
  const now = Date.now();
  return answer(response, {
    case: 1, person: "p", patient: one.row.patient, reason: wish.reason, from_ms: now,
    until_ms: now + (wish.minutes ?? 240) * 60_000, notice: "Emergency access is recorded and will be reviewed.",
  }, 201);
}

function patient(one, rest, response) {
  const { row, access } = one;
  if (access === null && !opened.has(row.patient)) return refuse(response, 403, "Not yours, or not there.");
  const studies = one.studies.map((study) => ({ study: study.study, date: study.date, state: study.state }));
  if (rest === "timeline") return answer(response, timelineOf(one));
  if (rest === "studies") return answer(response, { studies });
  return answer(response, {
    patient: row.patient, identity: row.identity, studies, access: access ?? "emergency",
    access_ends_ms: Date.now() + 95 * 60_000,
  });
}

function study(uid, rest, response) {
  const one = PATIENTS.find((it) => it.studies.some((study) => study.study === uid));
  if (!one) return refuse(response, 403, "Not yours, or not there.");
  if (rest === "documents") return answer(response, documentsOf(one, uid));
  if (rest.startsWith("documents/")) {
    response.writeHead(200, { "Content-Type": "application/pdf" });
    return response.end("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF");
  }
  if (rest === "review") return one.points.length ? answer(response, reviewOf(one)) : refuse(response, 404, "There is no result yet.");
  if (rest === "trail" && !one.points.length) return refuse(response, 404, "There is no such page.");
  if (rest === "trail") return answer(response, trailOf(one, uid));
  if (rest.startsWith("trail/")) {
    response.writeHead(200, { "Content-Type": "application/octet-stream" });
    return response.end("{}");
  }
  const jobs = one.row.job ? [one.row.job] : [];
  return answer(response, { study: uid, patient: one.row.patient, jobs, assessment: assessmentOf(one) });
}

function file(path, response) {
  const wanted = path.startsWith("/assets/") && !path.includes("..") ? `${DIST}${path}` : `${DIST}/index.html`;
  if (!existsSync(wanted)) return refuse(response, 404, "There is no such file.");
  response.writeHead(200, {
    "Content-Type": TYPES[extname(wanted)] ?? "application/octet-stream",
    "Content-Security-Policy": POLICY,
  });
  return createReadStream(wanted).pipe(response);
}

/** Answers one request, as the node would; `role` is who asks. */
export async function respond(request, response, role = "oncologist") {
  const { pathname, searchParams } = new URL(request.url, "http://mock");
  if (!pathname.startsWith("/api/")) return file(pathname, response);
  if (request.method === "POST") return post(pathname, request, response);
  if (pathname === "/api/v1/me") return answer(response, me(role));
  if (pathname === "/api/v1/events") return events(response);
  if (pathname === "/api/v1/patients") return answer(response, worklist(searchParams));
  const [, , , kind, id, ...rest] = pathname.split("/").map(decodeURIComponent);
  if (kind === "studies") return study(id, rest.join("/"), response);
  const one = PATIENTS.find((it) => it.row.patient === id);
  if (kind === "patients" && one) return patient(one, rest.join("/"), response);
  return refuse(response, 403, "Not yours, or not there.");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] ?? 8043);
  const role = process.argv[3] ?? "oncologist+radiologist";
  createServer((request, response) => void respond(request, response, role)).listen(port, "127.0.0.1", () =>
    console.log(`http://127.0.0.1:${port}/app/`),
  );
}
