// Looks at a screen in each dress: dark and light, English and Hebrew, small and large. What it
// finds is a list of sentences; an empty list is a good screen.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ALL_SIZES = [[1280, 800], [2560, 1440]];

/** The large window is for the long form. */
const SIZES = process.env.INTERVAL_PROVE === "1" ? ALL_SIZES : ALL_SIZES.slice(0, 1);
const THEMES = ["dark", "light"];
const TONGUES = ["en", "he"];

/** Puts on a theme and a language, by the screen's own controls: nothing on it is lost. */
async function dress(page, theme, tongue) {
  await page.locator("header select").first().selectOption(tongue);
  const now = await page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  if (now !== theme) await page.locator('header button[aria-label]:has-text("◐")').click();
  await page.waitForFunction(
    ([want, lang]) => document.documentElement.dataset.mantineColorScheme === want && document.documentElement.lang === lang,
    [theme, tongue],
  );
}

/** Serious and critical findings of axe. */
async function judged(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
}

/** Pairs of visible texts that lie over each other. */
function overlaps() {
  const clipped = (node, box) => {
    let { left, top, right, bottom } = box;
    for (let up = node.parentElement; up; up = up.parentElement) {
      if (getComputedStyle(up).overflow === "visible") continue;
      const hole = up.getBoundingClientRect();
      [left, top, right, bottom] = [Math.max(left, hole.left), Math.max(top, hole.top), Math.min(right, hole.right), Math.min(bottom, hole.bottom)];
    }
    return { left, top, right, bottom };
  };
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim();
    const owner = node.parentElement;
    if (!text || !owner || ["OPTION", "SCRIPT", "STYLE"].includes(owner.tagName) || !owner.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = clipped(node, rect);
      if (box.right - box.left < 3 || box.bottom - box.top < 3) continue;
      const seen = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
      if (seen && (owner.contains(seen) || seen.contains(owner))) boxes.push({ ...box, text, node });
    }
  }
  const found = [];
  for (let a = 0; a < boxes.length; a++)
    for (let b = a + 1; b < boxes.length; b++) {
      const [one, other] = [boxes[a], boxes[b]];
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (one.node !== other.node && wide > 2 && high > 4) found.push(`"${one.text.slice(0, 40)}" over "${other.text.slice(0, 40)}"`);
    }
  const wide = document.scrollingElement.scrollWidth - innerWidth;
  if (wide > 1) found.push(`the page is ${wide} px too wide`);
  return [...new Set(found)].slice(0, 8);
}

/** Looks at the screen as it stands; gives what is wrong with it, and leaves it dark and English. */
export async function survey(page, name, { pictures } = {}) {
  const found = [];
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    for (const theme of THEMES)
      for (const tongue of TONGUES) {
        await dress(page, theme, tongue);
        await page.waitForTimeout(120);
        const where = `${name} ${theme} ${tongue} ${width}`;
        for (const one of await page.evaluate(overlaps)) found.push(`${where}: ${one}`);
        if (width === SIZES[0][0]) for (const one of await judged(page)) found.push(`${where}: ${one}`);
        if (pictures) await page.screenshot({ path: `${pictures}/${name}-${theme}-${tongue}-${width}.png` });
      }
  }
  await page.setViewportSize({ width: SIZES[0][0], height: SIZES[0][1] });
  await dress(page, "dark", "en");
  return found;
}
