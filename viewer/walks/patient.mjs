// Walks through the screens of an oncologist and a clinician, against any node:
//   import { walk } from "./patient.mjs";  await walk({ base, context, role })
// `context` is a Playwright context in which somebody with `role` is signed in already. Alone, it
// walks through the stand-in: `node walks/patient.mjs http://127.0.0.1:8043 [folder for pictures]`.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { axe, inspect } from "./inspect.mjs";

/** How long a screen may take, in milliseconds: the processors may be shared. */
const PATIENCE_MS = 20_000;

const WIDE = [{ width: 1280, height: 800 }, { width: 2560, height: 1440 }];
const NARROW = [{ width: 360, height: 780 }, { width: 900, height: 800 }];

async function see(page, address, mark = "main h1, main h2") {
  await page.goto(address);
  await page.locator(mark).first().waitFor({ timeout: PATIENCE_MS });
}

async function settle(page) {
  await page.waitForFunction(() => !document.querySelector("main [role=status] .mantine-Loader-root"), undefined, { timeout: PATIENCE_MS }).catch(() => undefined);
}

/** Opens the first patient of the list whose row has a result, and gives its addresses. */
async function withResult(page, base) {
  await see(page, `${base}/app/worklist`, "tr[data-patient]");
  const row = page.locator("tr[data-patient]").filter({ has: page.locator("[data-state=preliminary], [data-state=verified], [data-state=amended]") }).first();
  const patient = await row.getAttribute("data-patient");
  await row.locator("[data-row]").click();
  await page.locator("main svg[role=slider]").waitFor({ timeout: PATIENCE_MS });
  const report = await page.locator("main nav a[href*='/report']").first().getAttribute("href");
  return { patient, study: report.split("/studies/")[1].split("/")[0] };
}

const oncologist = {
  async "I see my patients, and nobody's name is markup"({ page, base }) {
    await see(page, `${base}/app/worklist`, "tr[data-patient]");
    assert.equal(await page.locator("main table b, main table i").filter({ hasText: /^(Bold|3)$/ }).count(), 0);
    const heads = await page.locator("main thead th[scope=col]").count();
    assert.equal(heads, 7);
    for (const name of await page.locator("[data-row]").all()) assert.ok((await name.locator("bdi, em").count()) === 1);
  },
  async "I move through the list by keys and open a patient with Enter"({ page, base }) {
    await see(page, `${base}/app/worklist`, "tr[data-patient]");
    const rows = await page.locator("tr[data-patient]").count();
    await page.keyboard.press("j");
    if (rows > 1) await page.keyboard.press("ArrowDown");
    if (rows > 1) await page.keyboard.press("k");
    const first = await page.locator("tr[data-patient]").first().getAttribute("data-patient");
    const focused = await page.evaluate(() => document.activeElement?.closest("tr")?.dataset.patient);
    assert.equal(focused, first);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/patients/${first}`, { timeout: PATIENCE_MS });
  },
  async "I filter by state, and the address can be shared"({ page, base }) {
    await see(page, `${base}/app/worklist`, "tr[data-patient]");
    await page.locator("main select").first().selectOption("verified");
    await page.waitForURL("**state=verified**", { timeout: PATIENCE_MS });
    await page.waitForFunction(() => [...document.querySelectorAll("tr[data-patient] [data-state]")].every((chip) => chip.dataset.state === "verified"), undefined, { timeout: PATIENCE_MS });
    const before = await page.locator("tr[data-patient]").count();
    await page.reload();
    if (before > 0) await page.locator("tr[data-patient]").first().waitFor({ timeout: PATIENCE_MS });
    assert.equal(await page.locator("tr[data-patient]").count(), before);
  },
  async "/ goes to the search; a search for nobody says so"({ page, base }) {
    await see(page, `${base}/app/worklist`, "tr[data-patient]");
    await page.keyboard.press("/");
    await page.keyboard.type("nobody-of-that-name");
    await page.keyboard.press("Enter");
    await page.waitForURL("**search=nobody**", { timeout: PATIENCE_MS });
    await page.locator("main [role=status] button").first().waitFor({ timeout: PATIENCE_MS });
    assert.equal(await page.locator("tr[data-patient]").count(), 0);
  },
  async "I save a view, and what I searched for is not kept"({ page, base }) {
    await see(page, `${base}/app/worklist?search=a&state=preliminary`, "main h1");
    await page.locator("[role=group] > button").last().click();
    await page.keyboard.type("Mine");
    await page.keyboard.press("Enter");
    const kept = await page.evaluate(() => localStorage.getItem("interval.worklist.views"));
    assert.deepEqual(JSON.parse(kept), [{ name: "Mine", state: "preliminary" }]);
    await page.evaluate(() => localStorage.removeItem("interval.worklist.views"));
  },
  async "I look at a patient's curve, point by point, by keyboard"({ page, base }) {
    await withResult(page, base);
    const curve = page.locator("main svg[role=slider]");
    await curve.focus();
    await page.keyboard.press("Home");
    assert.equal(await curve.getAttribute("aria-valuenow"), "1");
    await page.keyboard.press("End");
    assert.equal(await curve.getAttribute("aria-valuenow"), await curve.getAttribute("aria-valuemax"));
    assert.match((await curve.getAttribute("aria-valuetext")) ?? "", /cm³/);
    const toggles = page.locator("main button[aria-pressed]");
    assert.equal(await toggles.count(), 5);
    await toggles.nth(3).click();
    assert.equal(await page.locator("svg [data-region=snfh]").count(), 1);
  },
  async "The curve's numbers stand in a table too, and each lesion in a row"({ page, base }) {
    await withResult(page, base);
    await page.locator("main details summary").first().click();
    const points = Number(await page.locator("main svg[role=slider]").getAttribute("aria-valuemax"));
    assert.equal(await page.locator("main details tbody tr").count(), points);
    assert.ok((await page.locator("section[aria-labelledby=lesions] :is(tbody tr, p)").count()) > 0);
  },
  async "I read why: rule, numbers, source, and what is missing"({ page, base }) {
    await withResult(page, base);
    const cards = page.locator("section[aria-labelledby=verdicts] article");
    assert.ok((await cards.count()) > 0);
    assert.ok(((await cards.first().locator("code").textContent()) ?? "").length > 0);
  },
  async "I see how the result was made, along the edges, and each step's files"({ page, base }) {
    const { study } = await withResult(page, base);
    await see(page, `${base}/app/studies/${study}/trail`, "main h1");
    const boxes = page.locator("main button[data-by]");
    assert.ok((await boxes.count()) > 0);
    await boxes.first().focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.locator("main button[data-by][aria-pressed=true]").count(), 1);
    await page.locator("main details summary").first().click();
    assert.equal(await page.locator("main details tbody tr").count(), await boxes.count());
  },
  async "I open the report's PDF, and see who signed which version"({ page, base }) {
    const { study } = await withResult(page, base);
    await see(page, `${base}/app/studies/${study}/report`, "section[aria-labelledby=documents] table, section[aria-labelledby=documents] p");
    const link = page.locator("main a[target=_blank]").first();
    const answer = await page.request.get(new URL(await link.getAttribute("href"), base).href);
    assert.equal(answer.status(), 200);
    assert.match(answer.headers()["content-type"], /application\/pdf/);
  },
  async "A patient who is not mine is refused, with the door for emergencies"({ page, base }) {
    await page.goto(`${base}/app/patients/not-a-patient-of-mine`);
    await page.locator("main [role=alert]").waitFor({ timeout: PATIENCE_MS });
    await page.locator("main button").last().click();
    await page.locator("[role=dialog] textarea").waitFor({ timeout: PATIENCE_MS });
    assert.equal(await page.locator("[role=dialog] select option").count(), 4);
    assert.deepEqual(await axe(page), []);
    await page.keyboard.press("Escape");
  },
};

const clinician = {
  async "I find my patient and read one page"({ page, base }) {
    await see(page, `${base}/app/worklist`, "tr[data-patient]");
    const { patient } = await withResult(page, base);
    await see(page, `${base}/app/patients/${patient}/summary`, "article h2");
    for (const part of ["latest", "curve", "doubts", "ask", "context", "questions"]) assert.equal(await page.locator(`#${part}`).count(), 1, part);
    assert.equal(await page.locator("article > [role=note]").count(), 1);
  },
  async "The page fits a frame of 360 pixels"({ page, base }) {
    const { patient } = await withResult(page, base);
    await page.setViewportSize(NARROW[0]);
    await see(page, `${base}/app/patients/${patient}/summary`, "article h2");
    const [left, right] = await page.locator("article").evaluate((it) => [it.getBoundingClientRect().left, it.getBoundingClientRect().left + it.scrollWidth]);
    assert.ok(left >= 0 && right <= NARROW[0].width + 1, `the sheet reaches from ${left} to ${right}`);
    await page.setViewportSize(WIDE[0]);
  },
  async "I am told what the words mean"({ page, base }) {
    await see(page, `${base}/app/help`, "main h1");
    assert.ok((await page.locator("main details[open]").count()) >= 1);
    for (const word of ["CR", "PR", "SD", "PD", "ET", "NETC", "SNFH", "RC"]) assert.ok((await page.locator("main").textContent())?.includes(word), word);
  },
};

/** The stories of each role. */
export const STORIES = { oncologist, clinician };

/** Windows that a screen is looked at in: the large ones are for the long form. */
function sizesOf(name) {
  const many = process.env.INTERVAL_PROVE === "1" ? 2 : 1;
  return [...WIDE.slice(0, many), ...(name === "summary" ? NARROW.slice(0, many) : [])];
}

/** Looks at every screen in both themes, both languages and each size. */
async function look(page, base, { patient, study }, shots) {
  const screens = {
    worklist: "worklist", patient: `patients/${patient}`, trail: `studies/${study}/trail`,
    report: `studies/${study}/report`, summary: `patients/${patient}/summary`, help: "help",
  };
  const findings = [];
  for (const theme of ["dark", "light"]) {
    for (const language of ["en", "he"]) {
      await page.evaluate(([scheme, tongue]) => {
        localStorage.setItem("mantine-color-scheme-value", scheme);
        localStorage.setItem("interval.language", tongue);
      }, [theme, language]);
      for (const [name, path] of Object.entries(screens)) {
        for (const size of sizesOf(name)) {
          await page.setViewportSize(size);
          await see(page, `${base}/app/${path}`);
          await settle(page);
          await page.waitForTimeout(250);
          const called = `${name} ${theme} ${language} ${size.width}`;
          findings.push(...(await inspect(page)).map((finding) => `${called}: ${finding}`));
          if (shots) await page.screenshot({ path: join(shots, `${called.replaceAll(" ", "-")}.png`) });
        }
      }
    }
  }
  return findings;
}

/** Walks through the stories of a role, then looks at its screens. Throws with everything found. */
export async function walk({ base, context, role, shots, log = console.log, inspectScreens = true }) {
  const page = await context.newPage();
  await page.setViewportSize(WIDE[0]);
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(`the page threw: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security|Refused/.test(message.text())) troubles.push(message.text());
  });
  for (const [name, story] of Object.entries(STORIES[role])) {
    try {
      await story({ page, base });
      log(`ok    ${role}: ${name}`);
    } catch (error) {
      troubles.push(`${role}: ${name}: ${error.message}`);
      log(`FAIL  ${role}: ${name}: ${error.message.split("\n")[0]}`);
    }
  }
  if (inspectScreens) {
    const found = await look(page, base, await withResult(page, base), shots);
    found.forEach((finding) => log(`found ${finding}`));
    troubles.push(...found);
  }
  await page.close();
  assert.deepEqual(troubles, []);
}

/** Starts a browser of its own and walks through the stand-in. */
async function alone(base, shots) {
  const { chromium } = await import("playwright-core");
  if (shots) mkdirSync(shots, { recursive: true });
  const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "walk-")), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    locale: "en-GB",
    args: ["--headless", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  try {
    const failures = [];
    for (const role of ["oncologist", "clinician"]) {
      const isFirst = role === "oncologist";
      await walk({ base, context, role, inspectScreens: isFirst, ...(isFirst ? { shots } : {}) }).catch((error) => failures.push(error.message));
    }
    assert.deepEqual(failures, []);
  } finally {
    await context.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await alone(process.argv[2] ?? "http://127.0.0.1:8043", process.argv[3]);
}
