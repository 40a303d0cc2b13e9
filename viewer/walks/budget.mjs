// What a browser has to fetch: the shell at once, the images' part when somebody compares.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SHELL_BYTES_MAX = 200 * 1024;
const IMAGES_BYTES_MAX = 1.5 * 1024 * 1024;

const folder = fileURLToPath(new URL("../dist/", import.meta.url));
const packed = (file) => statSync(`${folder}${file}.gz`).size;

/** Files that a page or a script of the build names. */
function named(text) {
  return [...new Set(text.match(/assets\/[\w.-]+\.(?:js|css)/g) ?? [])];
}

/** Says what is over its budget. */
export async function budget() {
  const shell = named(readFileSync(`${folder}index.html`, "utf8"));
  const bytes = shell.reduce((sum, file) => sum + packed(file), packed("index.html"));
  const others = readdirSync(`${folder}assets`)
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => `assets/${name}`)
    .filter((name) => !shell.includes(name));
  // The heaviest screen cannot need more than everything that is not of the shell.
  const images = others.reduce((sum, file) => sum + packed(file), 0);
  console.log(`    shell ${(bytes / 1024).toFixed(0)} KB, all other parts together ${(images / 1024).toFixed(0)} KB, packed`);
  const found = [];
  if (bytes > SHELL_BYTES_MAX) found.push(`the shell has ${bytes} bytes, ${SHELL_BYTES_MAX} are allowed`);
  if (images > IMAGES_BYTES_MAX) found.push(`the parts have ${images} bytes, ${IMAGES_BYTES_MAX} are allowed`);
  return found;
}
