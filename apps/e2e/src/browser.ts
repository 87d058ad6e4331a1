/** A real Chromium. CHROMIUM_PATH names another one than Debian's. */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { root } from './product';

// No sandbox: continuous integration runs as root. The rest keeps it from calling its maker on a machine without a network.
const args = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(' '); // prettier-ignore

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium', headless: true, args });

export type Visit = {
  page: Page;
  context: BrowserContext;
  /** What the page logged as an error; empty when all is well. */ errors: string[];
  close(): Promise<void>;
};

/** A person's own browser profile, so that cookies never mix. */
export async function visit(browser: Browser, url: string, size = { width: 1440, height: 900 }): Promise<Visit> {
  const context = await browser.newContext({ viewport: size, locale: 'en-US', timezoneId: 'America/New_York', baseURL: url });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  return { page, context, errors, close: () => context.close() };
}

/** After each journey: what each person saw last, for the eye when it fails; no page logged an error. */
export async function endVisits(visits: Visit[]): Promise<void> {
  for (const [index, one] of visits.splice(0).entries()) {
    const name = expect.getState().currentTestName?.replace(/\W+/g, '-') ?? 'journey';
    await one.page.screenshot({ path: `${root}/tmp/journeys/${name}-${index}.png` });
    expect(one.errors).toEqual([]);
    await one.close();
  }
}

export async function signInPage(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.goto('/');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // Not the heading of the sign-in page itself: signing in ends with a redirect, which would overtake whatever is opened next.
  await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Sign in' }).waitFor();
}
