// Every walk through the screens on a clinic in small: node run.mjs SCENE.json
// Prints a line for each and a summary, in the words of the project's test runner.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { budget } from "./budget.mjs";
import { launch } from "./browser.mjs";
import { corrected } from "./home.mjs";
import { walks as desk } from "./desk.mjs";
import { signIn, stepUp } from "./people.mjs";
import { walk as patients } from "./patient.mjs";

const scene = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { base, pictures } = scene;
process.env.CHROMIUM = scene.chromium;
const studies = scene.studies.map(({ study }) => study).sort();
const newest = studies.at(-1);
let [passed, failed] = [0, 0];

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

/** A script of its own: gives the lines in which it complains. */
function script(name, given) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(name, import.meta.url)), ...given]);
    let said = "";
    child.stdout.on("data", (text) => (said += text));
    child.stderr.on("data", (text) => (said += text));
    const complaints = () => said.split("\n").filter((line) => /FAIL|Error/.test(line));
    child.on("close", (code) => done(code === 0 ? [] : [...complaints(), `ended with ${code}`]));
  });
}

/** The cookies of a persona, for a script that opens its own browser. */
const cookies = async (context) => (await context.cookies(base)).map(({ name, value }) => `${name}=${value}`).join("; ");

const only = process.env.WALKS?.split(",");
const wanted = (name) => !only || only.some((part) => name.includes(part));
const browser = await launch();
const all = {
  "the pages keep their budget": () => budget(),
  "an oncologist follows patients": () => as("noa", (context) => patients({ base, context, role: "oncologist", shots: pictures, log: () => undefined })),
  "a clinician reads one page": () => as("lea", (context) => patients({ base, context, role: "clinician", shots: pictures, log: () => undefined, inspectScreens: false })),
  "timepoints are compared on phantoms": () => script("compare.mjs", ["--shots", pictures]),
  "timepoints are compared on the node": () => as("ben", async (context) => script("compare.mjs", ["--base", base, "--cookies", await cookies(context), "--study", newest, "--shots", pictures])),
  "a radiologist corrects and signs": () => as("ben", (context) => desk.radiologist({ base, context, study: newest, pictures, stepUp: (page) => stepUp(page, base, "ben") })),
  "what was corrected is at the archive": () => corrected(scene, newest),
  "two reviewers lose nothing": () => as("ben", (context) => desk.collision({ base, context, rivalStudy: studies[0], rival: (walk) => as("noa", walk), pictures })),
  "images are uploaded and run": () => as("ben", (context) => desk.uploader({ base, context, scene, pictures })),
  "an administrator keeps the node": () => as("adi", (context) => desk.administrator({ base, context, study: newest, scene, pictures, stepUp: (page) => stepUp(page, base, "adi") })),
  "an auditor reads the log": () => as("uri", (context) => desk.auditor({ base, context, study: newest, pictures, stepUp: (page) => stepUp(page, base, "uri") })),
};
for (const [name, walk] of Object.entries(all)) if (wanted(name)) await step(name, walk);
await browser.close();
console.log(`test result: ${failed === 0 ? "ok" : "FAILED"}. ${passed} passed; ${failed} failed; 0 ignored`);
process.exitCode = failed === 0 ? 0 : 1;
