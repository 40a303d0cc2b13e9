// Every walk through the screens on a clinic in small: node run.mjs SCENE.json
// Prints a line for each and a summary, in the words of the project's test runner.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { budget } from "./budget.mjs";
import { launch } from "./browser.mjs";
import { corrected } from "./home.mjs";
import { walks as desk, note } from "./desk.mjs";
import { signIn, stepUp } from "./people.mjs";
import { walk as patients } from "./patient.mjs";

const scene = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { base, pictures } = scene;
process.env.CHROMIUM = scene.chromium;
let [passed, failed] = [0, 0];

/** What is checked of each answer; signing out and endless streams are left out. */
const SCHEMATHESIS = [
  "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
  "--exclude-path-regex", "^/auth|/events$", "--phases", "examples,coverage,fuzzing", "--max-examples", "5",
  "--generation-deterministic", "--rate-limit", "40/s", "--request-timeout", "30", "--no-color",
];

/** Looks and times are asked of the node in the long form only: on stand-ins the looks always are. */
const isLong = process.env.INTERVAL_PROVE === "1";

/** The walks of the comparison that take no times and count no bytes. */
const QUICK = "scrolling,sides,positions,features,surfaces,troubles,access";

/** One walk: what it finds is printed, nothing found is well. */
async function step(name, walk) {
  const found = await walk().then((all) => all ?? [], (error) => [error.stack]);
  found.length === 0 ? (passed += 1) : (failed += 1);
  for (const one of found) console.log(`    ${name}: ${one}`);
  console.log(`test ${name.replaceAll(" ", "_")} ... ${found.length === 0 ? "ok" : "FAILED"}`);
}

/** A browser in which a persona is signed in, for as long as the walk takes. */
async function as(login, walk) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    await signIn(context, base, login);
    return await walk(context);
  } finally {
    await context.close();
  }
}

/** The studies of the clinic's patient, in the order of their dates. */
async function inOrder(context) {
  const answer = await context.request.get(`${base}/api/v1/patients/${scene.patients[0]}/studies`);
  const { studies: all } = await answer.json();
  return all.sort((a, b) => a.date.localeCompare(b.date)).map(({ study }) => study);
}

/** Each stage left files, and each of them is what the trail says. */
async function files(context) {
  const trail = await (await context.request.get(`${base}/api/v1/studies/${newest}/trail`)).json();
  const left = trail.nodes.flatMap(({ stage, artefacts }) => artefacts.map((file) => ({ stage, ...file })));
  const stages = new Set(left.map(({ stage }) => stage));
  const found = ["assemble", "segment", "align", "track", "assess", "author"].filter((stage) => !stages.has(stage)).map((stage) => `${stage} left nothing`);
  const cookie = (await context.cookies(base)).map(({ name, value }) => `${name}=${value}`).join("; ");
  for (const { href, bytes, sha256 } of left) {
    const answer = await fetch(`${base}${href}`, { headers: { cookie } });
    const body = Buffer.from(await answer.arrayBuffer());
    const digest = createHash("sha256").update(body).digest("hex");
    if (body.length !== bytes || digest !== sha256) found.push(`${href}: ${answer.status}, ${body.length} bytes of ${bytes}`);
  }
  return found;
}

/** Asks every route what its description allows, and what it does not, as a persona. */
async function described(context) {
  const known = await context.cookies(base);
  const cookie = known.map(({ name, value }) => `${name}=${value}`).join("; ");
  const headers = [`Cookie: ${cookie}`, `Origin: ${base}`, "X-Interval-Request: 1"];
  const description = fileURLToPath(new URL("../openapi.json", import.meta.url));
  const given = ["run", description, "--url", base, ...headers.flatMap((one) => ["-H", one]), ...SCHEMATHESIS];
  const child = spawn(join(dirname(scene.python), "schemathesis"), given, { cwd: pictures });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const [code] = await once(child, "close");
  return code === 0 ? [] : said.split("\n").slice(-80);
}

/** Opens a patient in an emergency, for somebody to judge it. */
async function emergency(context) {
  const answer = await context.request.post(`${base}/api/v1/break-glass`, {
    data: { patient: scene.patients[0], reason: "A seizure in the ward.", minutes: 10 },
    headers: { Origin: base, "X-Interval-Request": "1" },
  });
  return answer.status() === 201 ? [] : [`the node answers ${answer.status()}: ${await answer.text()}`];
}

/** What the list says of the newest exam is what the patient's own page says. */
async function dates(context) {
  const ask = async (path) => (await context.request.get(`${base}/api/v1/${path}`)).json();
  const { patients: rows } = await ask("patients");
  const found = rows.length === 0 ? ["nobody is in the list"] : [];
  for (const { patient, newest_study_date: listed } of rows) {
    const { studies: all } = await ask(`patients/${patient}/studies`);
    const newest = all.map(({ date }) => date).sort().at(-1);
    if (listed !== newest) found.push(`${patient}: ${listed} in the list, ${newest} among the studies`);
  }
  return found;
}

/** A script of its own: gives the lines in which it complains. */
function script(name, given) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(name, import.meta.url)), ...given]);
    let said = "";
    child.stdout.on("data", (text) => (said += text));
    child.stderr.on("data", (text) => (said += text));
    const complaints = () => said.split("\n").filter((line) => /FAIL|BAD|Error|found /.test(line));
    child.on("close", (code) => done(code === 0 ? [] : [...complaints(), `ended with ${code}`]));
  });
}

/** A script that walks through a stand-in, which another one plays on a port of its own. */
async function rehearsal(name, stage, port, given = []) {
  const path = fileURLToPath(new URL(`../dev/mock/${stage}`, import.meta.url));
  const play = spawn(process.execPath, [path, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(play.stdout, "data");
    return await script(name, [`http://127.0.0.1:${port}`, ...given]);
  } finally {
    play.kill();
  }
}

/** A file with the cookies of a persona, for a script that opens its own browser. */
async function session(context) {
  const path = `${process.argv[2]}.session`;
  await context.storageState({ path });
  return path;
}

const only = process.env.WALKS?.split(",");
const wanted = (name) => !only || only.some((part) => name.includes(part));
const browser = await launch();
const studies = await as("noa", inOrder);
const [earliest, newest] = [studies[0], studies.at(-1)];
const all = {
  "the pages keep their budget": () => budget(),
  "the list has the dates of the hospital": () => as("noa", dates),
  "an oncologist follows patients": () => as("noa", (context) => patients({ base, context, role: "oncologist", shots: pictures, log: () => undefined, inspectScreens: isLong })),
  "a clinician reads one page": () => as("lea", (context) => patients({ base, context, role: "clinician", shots: pictures, log: () => undefined, inspectScreens: false })),
  "patients are followed on a stand-in": () => rehearsal("patient.mjs", "patients.mjs", scene.ports[0], [pictures]),
  "the desk is used on a stand-in": () => rehearsal("desk.mjs", "desk.mjs", scene.ports[1], [pictures]),
  "every file of the trail can be had": () => as("noa", files),
  "timepoints are compared on phantoms": () => script("compare.mjs", ["--shots", pictures, ...(isLong ? [] : ["--only", QUICK])]),
  "timepoints are compared on the node": () => as("ben", async (context) => script("compare.mjs", ["--base", base, "--session", await session(context), "--study", newest, "--shots", pictures])),
  "a radiologist corrects and signs": () => as("ben", (context) => desk.radiologist({ isBrief: !isLong, base, context, study: newest, pictures, stepUp: (page) => stepUp(page, base, "ben") })),
  "what was corrected is at the archive": () => corrected(scene, newest),
  "two reviewers lose nothing": () => as("ben", (context) => desk.collision({ isBrief: !isLong, base, context, rivalStudy: earliest, pictures, rival: () => as("gil", (other) => note({ base, context: other, study: earliest })) })),
  "images are uploaded and run": () => as("ben", (context) => desk.uploader({ isBrief: !isLong, base, context, files: [scene.upload, scene.other], pictures })),
  "an administrator keeps the node": () => as("adi", (context) => desk.administrator({ isBrief: !isLong, base, context, study: newest, patients: scene.patients, pictures, stepUp: (page) => stepUp(page, base, "adi") })),
  "somebody opens a patient in an emergency": () => as("noa", emergency),
  "an auditor reads the log": () => as("uri", (context) => desk.auditor({ isBrief: !isLong, base, context, study: newest, pictures, stepUp: (page) => stepUp(page, base, "uri") })),
  "the routes are as described to a radiologist": () => as("gil", described),
  "the routes are as described to an administrator": () => as("adi", described),
};
for (const [name, walk] of Object.entries(all)) if (wanted(name)) await step(name, walk);
await browser.close();
console.log(`test result: ${failed === 0 ? "ok" : "FAILED"}. ${passed} passed; ${failed} failed; 0 ignored`);
process.exitCode = failed === 0 ? 0 : 1;
