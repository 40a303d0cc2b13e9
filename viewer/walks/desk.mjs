// Walks through the screens of radiologists, administrators and auditors as they would go. Each
// walk takes a signed-in browser context; it asserts what was promised and gives what is wrong
// with the looks of each screen.
//
//   import { walks } from "./walks/desk.mjs";
//   await walks.radiologist({ context, base, study, stepUp, pictures });
//
// `base` is the node's address, `stepUp(page)` does whatever the provider's page asks for when a
// fresh sign-in is needed, `pictures` is a folder for screenshots. By itself the file walks a mock:
// `node walks/desk.mjs ADDRESS [PICTURES]`.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { survey } from "./survey.mjs";

const CALM_MS = 15_000;

/** How long the node may take until a first stage of something new is done. */
const WORK_MS = 240_000;

/** Opens a page that remembers what went wrong in it. */
async function opened({ context, base }, path) {
  const page = await context.newPage();
  page.setDefaultTimeout(CALM_MS);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) wrong.push(`policy: ${message.text()}`);
  });
  await page.goto(`${base}/app${path}`);
  await page.locator("header select").first().selectOption("en");
  return { page, wrong };
}

/** What is wrong with the looks of a screen; a brief walk does not ask. */
function looked(page, name, { pictures, isBrief }) {
  return isBrief ? [] : survey(page, name, { pictures });
}

const main = (page) => page.locator("main");
const saved = (page) => page.waitForSelector('[data-phase="saved"]');

/** The whole-tumour volume as the node measured it. */
async function wholeTumour(page) {
  const row = main(page).locator("tr", { hasText: "Whole tumour" }).first();
  return Number(await row.locator("td").last().innerText());
}

/** Paints with the keyboard alone, and waits until the node has measured it. */
async function paintByKeys(page, keys) {
  const canvas = page.locator("canvas");
  await canvas.focus();
  for (const key of keys) await page.keyboard.press(key);
  await page.waitForSelector('[data-phase="edited"], [data-phase="saving"]');
  await saved(page);
}

/** A radiologist corrects a lesion, takes it back, decides, and signs with a fresh sign-in. */
export async function radiologist(given) {
  const { study = "1.2.9.3", stepUp = async () => undefined, pictures } = given;
  const { page, wrong } = await opened(given, `/studies/${study}/review`);
  await saved(page);
  const before = await wholeTumour(page);
  assert.ok(before > 0, "the node measured the tumour");
  const letters = await page.locator("canvas").getAttribute("aria-label");
  assert.match(letters, /slice/i);

  await paintByKeys(page, ["e", "]", "]", " "]);
  const erased = await wholeTumour(page);
  assert.ok(erased < before, `erasing makes it smaller: ${before} to ${erased}`);
  await page.keyboard.press("Control+z");
  await page.waitForFunction((volume) => document.body.innerText.includes(volume), before.toFixed(2));
  await saved(page);
  assert.equal(await wholeTumour(page), before, "undo gives the same volume to the last digit");
  await page.keyboard.press("Control+y");
  await page.waitForSelector('[data-phase="edited"], [data-phase="saving"]');
  await saved(page);
  assert.equal(await wholeTumour(page), erased, "redo too");

  const looks = await looked(page, "review", given);
  for (const select of await main(page).locator('select[aria-label^="Decision on"]').all()) await select.selectOption("accept");
  await main(page).locator('select[aria-label^="Decision on"]').first().selectOption("amend");
  await main(page).getByLabel(/^Reason for/).first().fill("The rim was too wide");
  await main(page).getByLabel("Notes").fill("Corrected at the medial border.");
  await saved(page);
  await main(page).getByLabel("The whole report").selectOption("amend");
  await main(page).getByLabel("Reason", { exact: true }).fill("rim corrected");
  await main(page).getByRole("button", { name: "Sign the report" }).click();
  await stepUp(page);
  await signedOrAgain(page);
  await page.waitForFunction(() => /amended · Version/i.test(document.querySelector("main").innerText));
  assert.match(await main(page).innerText(), /rim corrected/, "the reason stands in the history");
  return done(page, wrong, looks);
}

/** After a step-up the words are still there, and the signature is one press away. */
async function signedOrAgain(page) {
  const back = main(page).getByText("your words are still here");
  const isBack = await back.waitFor({ timeout: 8_000 }).then(() => true, () => false);
  if (!isBack) return;
  assert.equal(await main(page).getByLabel("Reason", { exact: true }).inputValue(), "rim corrected");
  assert.equal(await main(page).getByLabel("Notes").inputValue(), "Corrected at the medial border.");
  await main(page).getByRole("button", { name: "Sign the report" }).click();
}

/** What the node does to outlines, what the mouse draws, and what survives a node that is away. */
export async function corrector(given) {
  const { manyStudy = "1.2.9.40", noneStudy = "1.2.9.0", pictures } = given;
  const { page, wrong } = await opened(given, `/studies/${manyStudy}/review`);
  await saved(page);
  const looks = await looked(page, "many", given);
  const text = () => main(page).locator("section[aria-labelledby=lesions] h2").innerText();
  const before = [await wholeTumour(page), await text()];
  for (const [button, way] of [["Remove the lesion", "undo"], ["Merge", "undo"]]) {
    await main(page).getByRole("button", { name: button }).click();
    await page.waitForFunction((was) => document.querySelector("section[aria-labelledby=lesions] h2").innerText !== was, before[1]);
    await saved(page);
    await page.keyboard.press(way === "undo" ? "Control+z" : "Control+y");
    await page.waitForFunction((was) => document.querySelector("section[aria-labelledby=lesions] h2").innerText === was, before[1]);
    await saved(page);
    assert.equal(await wholeTumour(page), before[0], `${button} is taken back`);
  }
  await drawByMouse(page);
  const drawn = await wholeTumour(page);
  assert.ok(drawn > before[0], `the mouse paints: ${before[0]} to ${drawn}`);
  await page.keyboard.press("Control+z");
  await page.waitForFunction((volume) => document.querySelector("main").innerText.includes(volume), before[0].toFixed(2));
  await saved(page);

  await movedHandle(page);
  await survivesAbsence(page, given.context);
  await page.goto(`${given.base}/app/studies/${noneStudy}/review`);
  await main(page).getByText("No lesion that can be measured").waitFor();
  looks.push(...(await looked(page, "none", given)));
  return done(page, wrong, looks);
}

/** Paints a stroke beside the head's middle, and fills between two slices. */
async function drawByMouse(page) {
  await main(page).getByRole("button", { name: "Brush", exact: true }).click();
  const box = await page.locator("canvas").boundingBox();
  const [x, y] = [box.x + box.width * 0.45, box.y + box.height * 0.2];
  const stroke = async () => {
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 30, y + 8, { steps: 5 });
    await page.mouse.up();
  };
  await stroke();
  for (let n = 0; n < 4; n++) await page.keyboard.press("PageUp");
  await stroke();
  await page.keyboard.press("i");
  await main(page).getByText("3 slices were filled").waitFor();
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  await page.waitForSelector('[data-phase="edited"], [data-phase="saving"]');
  await saved(page);
}

/** Moves an end of a diameter by keyboard; the node measures it. */
async function movedHandle(page) {
  await main(page).locator("li", { hasText: "×" }).first().locator("button").first().click();
  const row = main(page).locator("li[data-chosen=true]");
  const size = await row.innerText();
  await page.locator("canvas").focus();
  await page.keyboard.press("d");
  await page.keyboard.press(" ");
  for (let n = 0; n < 3; n++) await page.keyboard.press("ArrowLeft");
  await page.waitForSelector('[data-phase="edited"], [data-phase="saving"]');
  await saved(page);
  assert.notEqual(await row.innerText(), size, "the node measured the diameter anew");
}

/** Edits while the node is away stay, go out later, and outlive a reload of the page. */
async function survivesAbsence(page, context) {
  const before = await wholeTumour(page);
  await context.setOffline(true);
  await page.locator("canvas").focus();
  for (const key of ["e", "]", " "]) await page.keyboard.press(key);
  await page.waitForSelector('[data-phase="away"]');
  await context.setOffline(false);
  page.once("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await main(page).getByText("had not been sent were restored").waitFor();
  await saved(page);
  assert.ok((await wholeTumour(page)) < before, "what was drawn while the node was away has arrived");
}

/** Somebody was faster: both are shown, and mine goes on as a new draft. */
export async function collision(given) {
  const { rivalStudy = "1.2.9.7", rival = async () => undefined, pictures } = given;
  const { page, wrong } = await opened(given, `/studies/${rivalStudy}/review`);
  await saved(page);
  await rival();
  await main(page).getByLabel("Notes").fill("Mine.");
  const dialog = page.getByRole("dialog", { name: "Somebody else was faster" });
  await dialog.waitFor();
  assert.match(await dialog.innerText(), /Mine\./);
  if (pictures) await page.screenshot({ path: `${pictures}/collision.png` });
  await dialog.getByRole("button", { name: "Keep mine as a new draft" }).click();
  await saved(page);
  assert.equal(await main(page).getByLabel("Notes").inputValue(), "Mine.");
  return done(page, wrong, []);
}

/** Somebody else writes a note on a study, and is done. */
export async function note(given) {
  const { page } = await opened(given, `/studies/${given.study}/review`);
  await saved(page);
  await main(page).getByLabel("Notes").fill("Theirs.");
  await page.waitForSelector('[data-phase="edited"], [data-phase="saving"]');
  await saved(page);
  await page.close();
}

/** An administrator looks around, makes assignments in bulk, and tests a peer and a rule. */
export async function administrator(given) {
  const { study = "1.2.9.3", patients = ["4711", "4712"], stepUp = async () => undefined, pictures } = given;
  const { page, wrong } = await opened(given, "/admin/overview");
  await main(page).getByText("The node works.").waitFor();
  const looks = [];
  for (const section of ["overview", "assignments", "users", "peers", "rules", "models", "jobs", "deliveries"]) {
    await page.goto(`${given.base}/app/admin/${section}`);
    await main(page).locator("table, dl").first().waitFor();
    looks.push(...(await looked(page, section, given)));
  }
  await page.goto(`${given.base}/app/admin/audit`);
  await main(page).getByText("not for your role").waitFor();

  await page.goto(`${given.base}/app/admin/assignments`);
  const confirm = main(page).getByRole("button", { name: "Confirm who you are" });
  await main(page).getByText("New assignments").waitFor();
  if (await confirm.isVisible()) {
    await confirm.click();
    await stepUp(page);
  }
  await main(page).getByLabel("Patients, one a line").fill(patients.join("\n"));
  await main(page).locator("fieldset input[type=checkbox]").first().check();
  await main(page).getByRole("button", { name: new RegExp(`^Make ${patients.length} assignments?$`) }).click();
  await main(page).getByText(`${patients.length} of ${patients.length} made`).waitFor();

  await page.goto(`${given.base}/app/admin/peers`);
  await main(page).getByRole("button", { name: /^Echo / }).first().click();
  await main(page).getByText(/Answered in|No answer after/).first().waitFor();
  await page.goto(`${given.base}/app/admin/rules`);
  await main(page).getByLabel("Study Instance UID").fill(study);
  await main(page).getByRole("button", { name: "Try" }).click();
  await main(page).getByText(/would act/).first().waitFor();
  return done(page, wrong, looks);
}

/** An auditor pages through the log, searches it, has it verified, and judges an emergency. */
export async function auditor(given) {
  const { stepUp = async () => undefined, pictures } = given;
  const { page, wrong } = await opened(given, "/admin/audit");
  await main(page).locator("table").first().waitFor();
  await main(page).getByRole("button", { name: "Older" }).click();
  await main(page).getByRole("button", { name: "Newer" }).waitFor();
  await main(page).getByLabel("Search the log").fill("sign-in");
  await main(page).getByRole("button", { name: "Search back from here" }).click();
  await main(page).getByText(/found among/).waitFor();
  await main(page).getByRole("button", { name: "Verify the log" }).click();
  await main(page).getByText(/The log is (whole|not as)/).waitFor();
  const looks = await looked(page, "audit", given);

  await page.goto(`${given.base}/app/admin/emergencies`);
  const confirm = main(page).getByRole("button", { name: "Confirm who you are" }).first();
  await confirm.or(main(page).locator("table")).first().waitFor();
  if (await confirm.isVisible()) {
    await confirm.click();
    await stepUp(page);
  }
  await main(page).getByText("has to be judged").waitFor();
  looks.push(...(await looked(page, "emergencies", given)));
  const judge = main(page).getByRole("button", { name: /^Justified/ });
  const count = await judge.count();
  if (count > 0) {
    await judge.first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Justified" }).click();
    await page.waitForFunction((n) => document.querySelectorAll('main button[aria-label^="Justified"]').length === n, count - 1);
  }
  return done(page, wrong, looks);
}

/** A radiologist brings images, corrects a role, confirms the patient, starts and watches. */
export async function uploader(given) {
  const { files, pictures, heldStudy } = given;
  const { page, wrong } = await opened(given, "/upload");
  await main(page).getByText("Drop a folder").waitFor();
  const looks = await looked(page, "upload", given);
  const chosen = files ?? [
    { name: "IM1.dcm", mimeType: "application/dicom", buffer: Buffer.alloc(4_000, 1) },
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no image") },
  ];
  await page.locator("input[type=file]").last().setInputFiles(chosen);
  await main(page).getByText("Files that were not taken").first().waitFor();
  const confirm = main(page).getByLabel(/To confirm/);
  await confirm.waitFor();
  const start = main(page).getByRole("button", { name: "Start the analysis" });
  assert.ok(await start.isDisabled(), "nothing starts before the patient is confirmed");
  const label = await main(page).getByText(/type their id:/).innerText();
  await main(page).getByLabel(/^Role of series/).last().selectOption("other");
  looks.push(...(await looked(page, "sent", given)));
  await confirm.fill(label.split(":").at(-1).trim());
  await start.click();
  // Other work may be in front of it.
  await main(page).locator('li[data-step="done"]').first().waitFor({ timeout: WORK_MS });
  if (pictures) await page.screenshot({ path: `${pictures}/running.png` });

  if (heldStudy) {
    await page.goto(`${given.base}/app/studies/${heldStudy}/series`);
    await main(page).getByText("waits for a human").waitFor();
    looks.push(...(await looked(page, "series", given)));
  }
  return done(page, wrong, looks);
}

async function done(page, wrong, looks) {
  await page.close();
  return [...new Set(wrong), ...looks];
}

export const walks = { radiologist, corrector, collision, uploader, administrator, auditor };

const ROLES = { radiologist: "radiologist", corrector: "radiologist", collision: "radiologist", uploader: "radiologist", administrator: "administrator", auditor: "auditor" };

/** Walks a mock, one story after the other. */
async function rehearse(address, pictures, only) {
  const { chromium } = await import("playwright-core");
  const args = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
  let failures = 0;
  for (const [name, walk] of Object.entries(walks)) {
    if (only && only !== name) continue;
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await context.addCookies([{ name: "mock", value: ROLES[name], url: address }]);
    await context.request.get(`${address}/mock/forget`);
    try {
      const found = await walk({ context, base: address, pictures, heldStudy: "1.2.9.5" });
      for (const one of found) console.log(`  ${name}: ${one}`);
      console.log(`${found.length === 0 ? "ok  " : "BAD "} ${name}: ${found.length} found`);
      failures += found.length;
    } catch (error) {
      failures += 1;
      console.log(`BAD  ${name}: ${error.stack}`);
      const page = context.pages().at(-1);
      if (pictures && page) await page.screenshot({ path: `${pictures}/failed-${name}.png` });
    }
    await context.close();
  }
  await browser.close();
  process.exitCode = failures > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await rehearse(process.argv[2], process.argv[3], process.argv[4]);
}
