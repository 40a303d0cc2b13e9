// Reads from the page what the views of the compare screen show.

/** What each view says of itself. */
export const panes = (page) =>
  page.$$eval("[data-pane]", (all) =>
    all.map((one) => ({
      id: one.dataset.pane,
      timepoint: Number(one.dataset.timepoint),
      plane: one.dataset.plane,
      slice: Number(one.dataset.slice),
      mm: Number(one.dataset.positionMm),
      isReady: one.dataset.ready === "true",
      hasMap: one.dataset.map === "true",
      letters: Object.fromEntries([...one.querySelectorAll("[data-letter]")].map((letter) => [letter.dataset.letter, letter.textContent])),
    })),
  );

/** Two frames: what was asked for has been drawn. */
export const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** Waits until so many views show their images (and their maps). */
export async function ready(page, count, hasMaps = false) {
  await page.waitForFunction(
    ([wanted, maps]) => {
      const all = [...document.querySelectorAll("[data-pane]")];
      return all.length === wanted && all.every((one) => one.dataset.ready === "true" && (!maps || one.dataset.map === "true"));
    },
    [count, hasMaps],
    { timeout: 90_000 },
  );
  await drawn(page);
}

/** Where the white pixels of each view are, as shares of its width and height. */
export const bright = (page, least = 248) =>
  page.$$eval("[data-pane] canvas", (all, limit) =>
    all.map((canvas) => {
      const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let [count, x, y] = [0, 0, 0];
      for (let at = 0; at < data.length; at += 4) {
        if (data[at] < limit || data[at + 1] < limit || data[at + 2] < limit) continue;
        count += 1;
        x += (at / 4) % width;
        y += Math.floor(at / 4 / width);
      }
      return { count, x: count && x / count / width, y: count && y / count / height };
    }), least);

/** Millimetres of the patient a pixel of each view is, by its scale bar. */
export const scales = (page) => page.$$eval("[data-scale-mm]", (all) => all.map((one) => Number(one.dataset.scaleMm) / one.querySelector("path").getBBox().width));
