// A browser that draws in software, and a page that keeps what went wrong in it.
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the browser; `more` are further switches. */
export function launch(more = []) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] });
}

/** A page of a size and a language; `session` is a file with the cookies of somebody signed in. */
export async function open(browser, { session, language = "en", theme = "dark", width = 1280, height = 800 }) {
  const known = session ? { storageState: session } : {};
  const context = await browser.newContext({ viewport: { width, height }, ignoreHTTPSErrors: true, ...known });
  await context.addInitScript(([kept, scheme]) => {
    localStorage.setItem("interval.language", kept);
    localStorage.setItem("mantine-color-scheme-value", scheme);
  }, [language, theme]);
  const page = await context.newPage();
  const troubles = [];
  page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  return { page, context, troubles };
}
