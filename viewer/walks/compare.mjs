// Walks through the compare screen in a real browser and asserts what must hold there.
//   node walks/compare.mjs                                      against phantoms, with a build in dist
//   node walks/compare.mjs --base URL --session FILE --study S  against a node
// --shots FOLDER keeps pictures; --only NAME,.. takes some of the walks; --dist FOLDER another build.
import { mkdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { answer, prepare } from "../dev/mock/scene.mjs";
import { launch, open } from "./browser.mjs";
import { serve } from "./server.mjs";
import { bright, drawn, panes, ready, scales } from "./views.mjs";

const { values: given } = parseArgs({
  options: {
    base: { type: "string" },
    session: { type: "string" },
    study: { type: "string" },
    shots: { type: "string" },
    only: { type: "string" },
    dist: { type: "string" },
  },
});
const isMock = !given.base;
const server = isMock ? await serve(answer, given.dist) : undefined;
const base = given.base ?? server.base;
const failures = [];
const figures = {};

function assert(isTrue, sentence, detail = "") {
  if (!isTrue) failures.push(`${sentence} ${detail}`);
  console.log(`${isTrue ? "  ok  " : " FAIL "} ${sentence} ${detail}`);
}

async function shot(page, name) {
  if (!given.shots) return;
  mkdirSync(given.shots, { recursive: true });
  await page.screenshot({ path: `${given.shots}/${name}.png`, timeout: 120_000 });
}

const choose = (page, label, value) => page.getByLabel(label, { exact: true }).first().selectOption(value);
const WORDS = {
  en: { layout: "Layout", plane: "Plane", views: "Views", channel: "Image" },
  he: { layout: "פריסה", plane: "מישור", views: "תצוגות", channel: "תמונה" },
};
const EXPECTED = { axial: "RLAP", coronal: "RLHF", sagittal: "APHF" };
const main = ({ left, right, top, bottom }) => [left, right, top, bottom].map((letter) => letter?.[0]).join("");

async function visit(browser, study, options = {}) {
  const opened = await open(browser, { base, session: given.session, ...options });
  await opened.page.goto(`${base}/app/studies/${study}/compare`);
  return opened;
}

/** Linked views stay together over fifty steps, in each plane and in two layouts. */
async function scrolling(browser) {
  const { page, troubles } = await visit(browser, given.study ?? "straight");
  await ready(page, 2);
  for (const views of ["2", "4"]) {
    const has = await page.getByLabel("Views", { exact: true }).evaluate((select, value) => [...select.options].some((one) => one.value === value), views);
    if (!has) continue;
    await choose(page, "Views", views);
    await ready(page, Number(views));
    for (const plane of ["axial", "coronal", "sagittal"]) {
      await choose(page, "Plane", plane);
      await drawn(page);
      const box = await page.locator("[data-pane] [data-canvas]").last().boundingBox();
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      const start = (await panes(page))[0].slice;
      const began = performance.now();
      let [apart, moved] = [0, 0];
      for (let step = 0; step < 50; step += 1) {
        const up = step < 25;
        if (step % 2) await page.mouse.wheel(0, up ? -100 : 100);
        else await page.keyboard.press(up ? "ArrowUp" : "ArrowDown");
        await drawn(page);
        const slices = (await panes(page)).map(({ slice }) => slice);
        apart = Math.max(apart, Math.max(...slices) - Math.min(...slices));
        moved = Math.max(moved, Math.abs(slices[0] - start));
      }
      figures[`ms a linked step, ${views} views, ${plane}`] = Math.round((performance.now() - began) / 50);
      assert(apart <= 1, `${views} views, ${plane}: linked views stay within one slice over 50 steps`, `apart ${apart}, moved ${moved}`);
      assert(moved >= 15, `${views} views, ${plane}: they do move`, `${moved}`);
    }
  }
  assert(troubles.length === 0, "no error in the console while scrolling", troubles.join(" | "));
  await page.context().close();
}

/** The marked cube lies left, in front and on top of the patient: where is it on the screen? */
async function sides(browser) {
  const side = { axial: { x: 1, y: -1 }, coronal: { x: 1, y: -1 }, sagittal: { x: -1, y: -1 } };
  for (const study of ["straight", "oblique"]) {
    for (const language of ["en", "he"]) {
      const { page, troubles } = await visit(browser, study, { language });
      await ready(page, 2);
      for (const plane of ["axial", "coronal", "sagittal"]) {
        await choose(page, WORDS[language].plane, plane);
        await drawn(page);
        const key = { axial: "ArrowUp", coronal: "ArrowDown", sagittal: "ArrowUp" }[plane];
        let found = await bright(page);
        for (let step = 0; step < 60 && found.some(({ count }) => count < 60); step += 1) {
          await page.keyboard.press(key);
          await drawn(page);
          found = await bright(page);
        }
        const sentence = `${study}, ${language}, ${plane}`;
        const wanted = side[plane];
        const isThere = found.every(({ count, x, y }) => count >= 60 && (x - 0.5) * wanted.x > 0.02 && (y - 0.5) * wanted.y > 0.02);
        assert(isThere, `${sentence}: the marked cube is on its side of the screen`, found.map(({ x, y }) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" "));
        const letters = (await panes(page)).map(({ letters }) => main(letters));
        assert(letters.every((one) => one === EXPECTED[plane]), `${sentence}: the letters are right`, letters.join(" "));
        await shot(page, `sides-${study}-${language}-${plane}`);
      }
      assert(troubles.length === 0, `${study}, ${language}: no error in the console`, troubles.join(" | "));
      await page.context().close();
    }
  }
}

/** The slice that is written is the slice that is drawn: the cube is 16 mm high. */
async function positions(browser) {
  const { page } = await visit(browser, "straight");
  await ready(page, 2);
  let wrong = 0;
  for (let step = 0; step < 20; step += 1) {
    await page.keyboard.press("ArrowUp");
    await drawn(page);
    const [{ mm }] = await panes(page);
    const [{ count }] = await bright(page);
    if (count > 0 !== Math.abs(mm - 30) <= 8) wrong += 1;
  }
  assert(wrong === 0, "the cube is seen at exactly the positions where it is", `${wrong} of 20 wrong`);
  await page.context().close();
}

/** Every layout and key, with pictures. */
async function features(browser) {
  const { page, troubles } = await visit(browser, given.study ?? "straight");
  await ready(page, 2, true);
  await shot(page, "side");
  const window = () => page.locator("[data-pane='slot-1']").getByText(/^W /).textContent();
  const before = await window();
  await page.keyboard.press("6");
  await drawn(page);
  assert((await window()) !== before, "a preset changes the window", `${before} -> ${await window()}`);
  await page.keyboard.press("1");
  await page.keyboard.press("o");
  await drawn(page);
  await shot(page, "side-fill");
  await page.keyboard.press("o");
  await page.getByText("Change", { exact: true }).click();
  await ready(page, 2, true);
  await shot(page, "change");
  await page.keyboard.press("m");
  await drawn(page);
  assert((await panes(page)).every(({ hasMap }) => !hasMap), "M takes the masks away");
  await page.keyboard.press("m");
  await ready(page, 2, true);
  await dragging(page);
  await measuring(page);
  await page.keyboard.press("r");
  await choose(page, "Image", "FLAIR");
  await ready(page, 2);
  await shot(page, "flair");
  await choose(page, "Image", "T1c");
  await flickering(page);
  await choose(page, "Layout", "checker");
  await ready(page, 2, true);
  await shot(page, "checker");
  await choose(page, "Layout", "mpr");
  await ready(page, 3, true);
  await shot(page, "mpr");
  await crossing(page);
  await choose(page, "Layout", "side");
  await ready(page, 2);
  await jumping(page);
  const shown = async () => (await panes(page)).map(({ timepoint }) => timepoint).join(" ");
  const stood = await shown();
  await page.keyboard.press("ArrowLeft");
  await ready(page, 2);
  assert((await shown()) !== stood, "an arrow changes the timepoint", `${stood} -> ${await shown()}`);
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await shot(page, "help");
  await page.keyboard.press("Escape");
  assert(troubles.length === 0, "no error in the console under the content policy", troubles.join(" | "));
  await page.context().close();
}

async function drag(page, pane, button, right, down) {
  const box = await page.locator(`[data-pane='${pane}'] [data-canvas]`).boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down({ button });
  await page.mouse.move(x + right / 2, y + down / 2);
  await page.mouse.move(x + right, y + down);
  await page.mouse.up({ button });
  await drawn(page);
}

async function dragging(page) {
  const [near] = await scales(page);
  await drag(page, "slot-0", "right", 0, -80);
  const after = await scales(page);
  assert(after.every((one) => one < near * 0.8), "a drag with the right button zooms all linked views", after.map((one) => one.toFixed(3)).join(" "));
  await drag(page, "slot-0", "middle", 60, 30);
  await drag(page, "slot-1", "left", 40, 10);
  await shot(page, "dragged");
  await page.keyboard.press("l");
  await drag(page, "slot-0", "right", 0, -60);
  const apart = await scales(page);
  assert(Math.abs(apart[0] - apart[1]) > 0.01, "L lets the views go apart", apart.map((one) => one.toFixed(3)).join(" "));
  await page.keyboard.press("l");
  await drawn(page);
  const again = await scales(page);
  assert(Math.abs(again[0] - again[1]) < 0.01, "L brings them together again");
}

async function measuring(page) {
  await page.keyboard.press("d");
  await drag(page, "slot-0", "left", 90, 0);
  const [mmPerPixel] = await scales(page);
  const lengths = await page.$$eval("[data-length-mm]", (all) => all.map((one) => Number(one.dataset.lengthMm)));
  assert(lengths.length === 2, "a distance shows in every view of its slice", `${lengths}`);
  assert(Math.abs(lengths[0] - 90 * mmPerPixel) < 0.5, "a distance is as long as the scale bar says", `${lengths[0]} of ${(90 * mmPerPixel).toFixed(1)} mm`);
  await shot(page, "measure");
  await page.keyboard.press("Delete");
  await drawn(page);
  assert((await page.$$("[data-length-mm]")).length === 0, "Delete takes it away");
  await page.keyboard.press("d");
}

async function flickering(page) {
  await page.keyboard.press(" ");
  await ready(page, 2, true);
  const front = () => page.locator("[data-layout]").getAttribute("data-front");
  const before = await front();
  await shot(page, "flicker-a");
  const began = performance.now();
  await page.keyboard.press(" ");
  await drawn(page);
  figures["ms a flicker"] = Math.round(performance.now() - began);
  assert((await front()) !== before, "the space bar shows the other of the pair");
  await shot(page, "flicker-b");
}

async function crossing(page) {
  const before = await panes(page);
  const box = await page.locator("[data-pane='mpr-axial'] [data-canvas]").boundingBox();
  await page.mouse.click(box.x + box.width * 0.62, box.y + box.height * 0.45);
  await drawn(page);
  const after = await panes(page);
  const moved = (id) => after.find((one) => one.id === id).slice !== before.find((one) => one.id === id).slice;
  assert(moved("mpr-sagittal") && moved("mpr-coronal") && !moved("mpr-axial"), "a click in one plane moves the other two");
}

async function jumping(page) {
  for (let step = 0; step < 8; step += 1) await page.keyboard.press("PageUp");
  await drawn(page);
  const far = (await panes(page))[0].slice;
  await page.locator("[data-track] button").first().click();
  await drawn(page);
  const near = await panes(page);
  assert(near.every(({ slice }) => slice === near[0].slice) && near[0].slice !== far, "a lesion in the list is jumped to", `${far} -> ${near[0].slice}`);
}

/** Surfaces, small: software draws them slowly. */
async function surfaces(browser) {
  const { page, troubles } = await visit(browser, given.study ?? "straight", { width: 900, height: 520 });
  await ready(page, 2);
  await choose(page, "Layout", "surfaces");
  await page.waitForFunction(() => [...document.querySelectorAll("[data-surface]")].every((one) => one.dataset.ready === "true" && one.querySelector("[data-letter], [role=status]")), undefined, { timeout: 90_000 });
  await page.waitForTimeout(500);
  await shot(page, "surfaces");
  const letters = await page.$$eval("[data-surface]", (all) => all.map((one) => [...one.querySelectorAll("[data-letter]")].map((letter) => letter.textContent).join("")));
  const there = letters.filter(Boolean);
  assert(there.length > 0 && there.every((one) => one === "HFRL"), "surfaces are seen from the front, with the patient's left on the right", letters.join(" "));
  assert(troubles.length === 0, "surfaces: no error in the console", troubles.join(" | "));
  await page.context().close();
}

/** How soon the first image is there, once the code is in the browser's cache. */
async function speed(browser) {
  prepare("large");
  const study = given.study ?? "large";
  const { page } = await visit(browser, given.study ?? "straight");
  await ready(page, 2);
  await page.evaluate((address) => {
    window.began = performance.now();
    window.first = new Promise((done) => {
      const look = () => {
        const now = [...document.querySelectorAll("[data-pane]")].at(-1);
        if (now?.dataset.ready === "true" && location.pathname === address) requestAnimationFrame(() => done(performance.now() - window.began));
        else requestAnimationFrame(look);
      };
      look();
    });
    history.pushState(null, "", address);
    dispatchEvent(new PopStateEvent("popstate"));
  }, `/app/studies/${study}/compare`);
  figures["ms to the first image, 240 x 240 x 155"] = Math.round(await page.evaluate(() => window.first));
  figures["of which"] = await page.evaluate(() => performance.getEntriesByType("resource")
    .filter(({ name, startTime }) => name.includes("/scene") && startTime > window.began)
    .map(({ name, startTime, responseEnd }) => `${name.split("/scene")[1] || "scene"} ${Math.round(startTime - window.began)} to ${Math.round(responseEnd - window.began)}`).slice(0, 2).join(", "));
  assert(figures["ms to the first image, 240 x 240 x 155"] <= 1500, "the first image is there within 1.5 s", `${figures["ms to the first image, 240 x 240 x 155"]} ms`);
  await ready(page, 2, true);
  await shot(page, "large");
  await page.context().close();
}

/** Memory after twenty changes of patient. */
async function memory(browser) {
  const { page } = await visit(browser, "straight");
  const contexts = [];
  page.on("console", (message) => /WebGL contexts/.test(message.text()) && contexts.push(message.text()));
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await (await session.send("Performance.enable"), session.send("Performance.getMetrics"));
    const { usedSize, backingStorageSize = 0 } = await session.send("Runtime.getHeapUsage");
    return { js: metrics.find(({ name }) => name === "JSHeapUsedSize").value, all: usedSize + backingStorageSize };
  };
  const go = async (study) => {
    await page.evaluate((address) => {
      history.pushState(null, "", address);
      dispatchEvent(new PopStateEvent("popstate"));
    }, `/app/studies/${study}/compare`);
    await page.waitForFunction((one) => location.pathname.includes(one), study);
    await ready(page, study === "one" ? 1 : 2);
  };
  const names = ["oblique", "many", "straight"];
  for (const study of names) await go(study);
  const before = await heap();
  for (let turn = 0; turn < 20; turn += 1) await go(names[turn % 3]);
  await go("straight");
  const after = await heap();
  const ratio = after.all / before.all;
  figures["heap after 20 patients / before"] = `${ratio.toFixed(2)} (JS ${(after.js / before.js).toFixed(2)}), ${(after.all / 1e6).toFixed(0)} MB`;
  assert(contexts.length === 0, "no drawing context is left behind", contexts[0] ?? "");
  assert(ratio <= 1.2, "memory after twenty patients is at most 1.2 times that before", figures["heap after 20 patients / before"]);
  await page.context().close();
}

/** What is said when something is not there. */
async function troubles(browser) {
  const nothing = await visit(browser, "nothing");
  await nothing.page.getByText("Nothing to compare yet").waitFor();
  await shot(nothing.page, "nothing");
  const broken = await visit(browser, "broken");
  await broken.page.getByText(/cannot be read/).waitFor();
  await shot(broken.page, "broken");
  assert((await panes(broken.page)).some(({ isReady }) => isReady), "one image that cannot be read leaves the others");
  const away = await visit(browser, "straight");
  await ready(away.page, 2);
  await away.page.keyboard.press("PageUp");
  const place = (await panes(away.page))[0].slice;
  await away.context.setOffline(true);
  await choose(away.page, "Image", "FLAIR");
  await away.page.waitForTimeout(1500);
  await shot(away.page, "away");
  await away.context.setOffline(false);
  await ready(away.page, 2);
  assert((await panes(away.page))[0].slice === place, "after a lost connection the place is kept");
  for (const { page } of [nothing, broken, away]) await page.context().close();
  const blind = await launch(["--disable-3d-apis"]);
  const { page } = await visit(blind, "straight");
  await page.getByText("Images cannot be drawn here").waitFor();
  assert(await page.getByRole("link", { name: "To the report" }).isVisible(), "without WebGL the report is offered");
  await shot(page, "blind");
  await blind.close();
}

/** Nobody is kept out: axe finds nothing serious. */
async function access(browser) {
  const source = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
  for (const [study, language, theme] of [["straight", "en", "dark"], ["straight", "he", "light"], ["many", "he", "dark"], ["none", "en", "light"]]) {
    const { page } = await visit(browser, study, { language, theme });
    await ready(page, 2);
    const session = await page.context().newCDPSession(page);
    await session.send("Runtime.evaluate", { expression: source });
    const found = await page.evaluate(async () => (await window.axe.run("main")).violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(" ")}`));
    assert(found.length === 0, `${study}, ${language}, ${theme}: axe finds nothing serious`, found.join(" | "));
    await shot(page, `access-${study}-${language}-${theme}`);
    await page.context().close();
  }
  const wide = await visit(browser, "straight", { width: 2560, height: 1440 });
  await ready(wide.page, 2);
  await choose(wide.page, "Views", "4");
  await ready(wide.page, 4);
  await shot(wide.page, "wide-four");
  await wide.page.context().close();
}

const all = { scrolling, sides, positions, features, surfaces, speed, memory, troubles, access };
const onNode = ["scrolling", "features", "surfaces"];
const names = given.only?.split(",") ?? (isMock ? Object.keys(all) : onNode);
const browser = await launch();
try {
  for (const name of names) {
    console.log(name);
    await all[name](browser).catch((error) => failures.push(`${name}: ${error.stack}`));
  }
} finally {
  await browser.close();
  server?.stop();
}
console.log(figures);
failures.forEach((failure) => console.error(`FAILED ${failure}`));
process.exit(failures.length === 0 ? 0 : 1);
