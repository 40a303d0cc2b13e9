// A node for the screens of administration, upload and review, for development only.
// As a plugin: `desk()`. By itself: `node dev/mock/desk.mjs [port]` serves the build, under the
// node's own policy for scripts and styles.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import * as admin from "./desk/admin.mjs";
import * as review from "./desk/review.mjs";
import * as upload from "./desk/upload.mjs";

const NAMES = { radiologist: "Dr. Dana Levi", administrator: "צבי מזרחי", auditor: "A. Reviewer", oncologist: "ד\"ר מרים כץ" };
let stepUntil = 0;
const steppedUp = () => Date.now() < stepUntil;

const rolesOf = (request) => [/mock=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? "radiologist"];

function me(roles) {
  return {
    display_name: NAMES[roles[0]] ?? roles[0], person: `https://idp.example#${roles[0]}`, roles, means: "session",
    idle_ends_ms: Date.now() + 9e5, ends_ms: Date.now() + 3e7, notice: "",
    assurance: { factors: steppedUp() ? "several" : "one", auth_time_ms: Date.now(), stepped_up: steppedUp() },
  };
}

function say(response, { json, bytes, etag, status = 200, problem, stepUp }) {
  if (stepUp) problem = [401, "Please confirm with a fresh sign-in with several factors."];
  if (problem) {
    response.writeHead(problem[0], { "Content-Type": "application/problem+json" });
    return response.end(JSON.stringify({ status: problem[0], title: "", detail: problem[1], id: "mock-1", ...(stepUp ? { step_up: true } : {}) }));
  }
  if (etag !== undefined) response.setHeader("ETag", `"${etag}"`);
  response.writeHead(status, { "Content-Type": bytes ? "application/octet-stream" : "application/json" });
  return response.end(status === 204 ? undefined : bytes ?? JSON.stringify(json));
}

function study(id) {
  const job = id === "1.2.9.5" ? admin.jobs[2] : { ...admin.jobs[1], id: 777, study: id };
  return { study: id, patient: "P00000000a211", jobs: [job], assessment: null };
}

async function answer(request, response, url) {
  const path = url.pathname.split("/").slice(3).map(decodeURIComponent);
  const roles = rolesOf(request);
  if (path[0] === "events") return upload.watch(response);
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const asked = { path, method: request.method, headers: request.headers, body: Buffer.concat(chunks), query: url.searchParams, roles, me: NAMES[roles[0]], steppedUp };
  if (path[0] === "me") return say(response, { json: me(roles) });
  if (path[0] === "uploads") return say(response, upload.answer(asked));
  if (path[0] === "studies" && ["series", "analyse"].includes(path[2])) return say(response, upload.answer(asked));
  if (path[0] === "studies" && path[2]) return say(response, await review.answer({ ...asked, study: path[1], rest: path.slice(2) }));
  if (path[0] === "studies") return say(response, { json: study(path[1]) });
  return say(response, admin.answer(asked));
}

function middleware(request, response, next) {
  const url = new URL(request.url, "http://mock");
  if (url.pathname.startsWith("/api/v1/")) {
    answer(request, response, url).catch((error) => say(response, { problem: [500, String(error)] }));
  } else if (url.pathname === "/mock/as") {
    response.writeHead(302, { "Set-Cookie": `mock=${url.searchParams.get("role")}; Path=/`, Location: "/app/help" }).end();
  } else if (url.pathname === "/auth/login") {
    if (url.searchParams.get("step_up")) stepUntil = Date.now() + 3e5;
    response.writeHead(302, { Location: url.searchParams.get("return_to") ?? "/app/" }).end();
  } else if (url.pathname === "/mock/forget") {
    stepUntil = 0;
    response.end();
  } else next();
}

/** The plugin. */
export function desk() {
  return { name: "mock-desk", configureServer: (server) => void server.middlewares.use(middleware) };
}

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8", ".wasm": "application/wasm" };

/** Files of the build; any other address is the page. */
function file(request, response) {
  const dist = fileURLToPath(new URL("../../dist", import.meta.url));
  const { pathname } = new URL(request.url, "http://mock");
  const wanted = `${dist}${pathname}`;
  const found = pathname.startsWith("/assets/") && !pathname.includes("..") && existsSync(wanted) ? wanted : `${dist}/index.html`;
  response.writeHead(200, { "Content-Type": TYPES[extname(found)] ?? "application/octet-stream", "Content-Security-Policy": POLICY });
  createReadStream(found).pipe(response);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = createServer((request, response) => middleware(request, response, () => file(request, response)));
  server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/app/`));
}
