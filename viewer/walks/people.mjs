// Signing in at the clinic's provider, whose page asks for a persona and no password.

const PATIENCE_MS = 20_000;

/** Signs a persona in: the context holds the session afterwards. */
export async function signIn(context, base, login) {
  const page = await context.newPage();
  await page.goto(`${base}/auth/login?return_to=/app/help`);
  await choose(page, base, login);
  await page.close();
}

/** Signs in once more, where a screen asked for it; returns when the screen is there again. */
export async function stepUp(page, base, login) {
  const asked = page.locator(`button[name=login][value=${login}]`);
  const isAsked = await asked.waitFor({ timeout: 6_000 }).then(() => true, () => false);
  if (isAsked) await choose(page, base, login);
}

async function choose(page, base, login) {
  await page.locator(`button[name=login][value=${login}]`).click({ timeout: PATIENCE_MS });
  await page.waitForURL(`${base}/app/**`, { timeout: PATIENCE_MS });
}
