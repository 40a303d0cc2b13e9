// What is asked of every screen: no serious finding of axe, and no text on top of other text.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Pixels that two boxes of text may share: fonts reach over their boxes a little. */
const SHARED_PX = 3;

/** Serious and critical findings of axe, as sentences. */
export async function axe(page) {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.slice(0, 4).map((node) => `${node.target} ${node.any[0]?.message ?? ""}`) }));
  });
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return grave.map(({ id, impact, at }) => `axe ${impact}: ${id} at ${at.join(" | ")}`);
}

/** Pairs of visible texts that lie on top of each other, and texts that leave the window sideways. */
export async function overlaps(page) {
  return page.evaluate((shared) => {
    const clip = (box, element) => {
      let { left, top, right, bottom } = box;
      for (let at = element; at; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.visibility === "hidden" || style.opacity === "0") return null;
        const clips = /auto|scroll|hidden|clip/.test(style.overflowX + style.overflowY);
        if (!clips && at !== document.documentElement) continue;
        const frame = at === document.documentElement ? { left: 0, top: 0, right: innerWidth, bottom: innerHeight } : at.getBoundingClientRect();
        [left, top, right, bottom] = [Math.max(left, frame.left), Math.max(top, frame.top), Math.min(right, frame.right), Math.min(bottom, frame.bottom)];
      }
      return right - left > 1 && bottom - top > 1 ? { left, top, right, bottom } : null;
    };
    const boxes = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.data.trim() || !parent?.checkVisibility({ contentVisibilityAuto: true }) || parent.closest("option, title, script, .skip")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const raw of range.getClientRects()) {
        const box = clip(raw, parent);
        if (box) boxes.push({ ...box, text: node.data.trim().slice(0, 30), parent });
      }
    }
    const found = [];
    boxes.forEach((a, n) => {
      for (const b of boxes.slice(n + 1)) {
        const [wide, tall] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
        if (wide > shared && tall > shared && a.parent !== b.parent) found.push(`“${a.text}” lies on “${b.text}”`);
      }
    });
    const over = document.documentElement.scrollWidth - innerWidth;
    if (over > 1) found.push(`the page is ${over} px wider than the window`);
    return found.slice(0, 12);
  }, SHARED_PX);
}

/** Every finding of both. */
export async function inspect(page) {
  return [...(await axe(page)), ...(await overlaps(page))];
}
