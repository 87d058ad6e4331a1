/** What axe finds on all pages and in what opens on them. */
import type { Page } from 'playwright-core';
import { signInPage } from './browser';
import { caller, type Caller } from './http-client';
import type { Product } from './product';

type Axe = {
  run(page: unknown, options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
};

type Looked = { page: Page; product: Product; admin: Caller };

export async function violationsIn(scheme: 'light' | 'dark', { page, product, admin }: Looked): Promise<Record<string, unknown>> {
  const { json } = await admin('POST', '/v1/api-keys', { body: { name: `Seen in the ${scheme}`, scopes: ['invoices:read'] } });
  await caller(product.url)('GET', '/v1/invoices', { key: json.secret });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  const violations: Record<string, unknown> = {};
  const check = async (name: string): Promise<void> => {
    await page.mouse.move(0, 0); // what hovers is shown to nobody
    await page.getByRole('tooltip').waitFor({ state: 'hidden' });
    // A change of the hash loads nothing, so there is no load state to wait for: the page is there when no skeleton is, and one frame later.
    await page.locator('.MuiSkeleton-root, [aria-busy=true]').first().waitFor({ state: 'detached' });
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    // A button that has just been enabled fades from grey: what is on its way has no contrast to judge.
    await page.waitForFunction(() =>
      document
        .getAnimations()
        .every(({ playState, effect }) => playState !== 'running' || effect?.getComputedTiming().endTime === Infinity),
    );
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(readAxe());
    // What passes is not written out: that is a third of the time.
    const found = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run(document, { resultTypes: ['violations'] }));
    if (found.violations.length > 0)
      violations[name] = found.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html.slice(0, 160)) }));
  };
  for (const [path, label] of [
    ['/', 'E-mail'],
    ['/#/forgotten-password', 'E-mail'],
    ['/#/reset-password/none', 'New password'],
  ] as const) {
    await page.goto(path);
    await page.getByLabel(label).first().waitFor();
    await check(path);
  }
  await signInPage(page, { email: product.adminEmail, password: product.adminPassword });
  for (const path of [
    '/',
    '/audit-logs',
    '/audit-logs/addresses/127.0.0.1',
    '/activity',
    '/exports',
    '/incidents/template',
    '/api-keys',
    '/api-keys/create',
    '/api-keys/hygiene',
    '/api-keys/hygiene/owners',
    '/findings',
    '/normal-usage',
    '/members',
    '/access-review',
    '/plan',
    '/restrictions',
    '/settings',
    '/system',
    '/status-codes',
    '/errors',
    '/check-payload',
    '/back-off',
    '/troubleshooting',
    '/api-introduction',
  ]) {
    await page.goto(`/#${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    await check(path);
  }
  await checkWhatOpens({ page, admin }, check);
  return violations;
}

/** What lies over a page or beside it: menus, panels, dialogs. */
async function checkWhatOpens({ page, admin }: Omit<Looked, 'product'>, check: (name: string) => Promise<void>): Promise<void> {
  const leave = () => page.keyboard.press('Escape');
  await page.goto('/#/audit-logs?range=all');
  // As for every page above: what is looked at is all there.
  await page.waitForLoadState('networkidle');
  await page.locator('[data-row] td').first().click();
  await page.getByText('Raw record').waitFor();
  await check('a request');
  await leave();
  await page.getByRole('button', { name: 'About API logs' }).click();
  await page.getByRole('heading', { name: 'Quick start' }).waitFor();
  await check('help beside the log');
  await leave();
  await page
    .getByRole('button', { name: /^Actions for/ })
    .first()
    .click();
  await page.getByRole('menuitem').first().waitFor();
  await check('the menu of a row');
  await leave();
  await page.getByRole('button', { name: /^Time range/ }).click();
  await check('the time range');
  await leave();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').waitFor();
  await check('the command palette');
  await leave();
  await page.goto('/#/audit-logs?path=/nothing');
  await page.getByText('No request matches').waitFor();
  await check('nothing found');
  await page.goto('/#/api-keys');
  await page.locator('tr[data-opens]').first().click();
  await page.getByRole('heading', { name: 'Latest requests' }).waitFor();
  await check('a key');
  await page.getByRole('button', { name: 'Revoke key…' }).click();
  await page.getByRole('dialog').waitFor();
  await check('the question before a key is revoked');
  await leave();
  await page.getByRole('button', { name: 'Rotate key…' }).click();
  await page.getByLabel('Name of the new key').waitFor();
  await check('the question before a key is rotated');
  await leave();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Change key…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save changes' }).waitFor();
  await check('changing a key');
  await leave();
  await page.getByRole('button', { name: 'Change…' }).click();
  await page.getByLabel('Only from these countries').waitFor();
  await check('changing where a key works');
  const made = await admin('POST', '/v1/exports', { body: { format: 'csv' } });
  await page.goto(`/#/exports?export=${made.json.id}`);
  await page.getByRole('heading', { name: 'Check it' }).waitFor();
  await check('an export');
  await page.getByRole('button', { name: 'New export' }).click();
  await page.getByRole('dialog').getByLabel('Format').waitFor();
  await check('asking for an export');
  await leave();
  await page.goto('/#/incidents');
  await page.getByRole('button', { name: 'Run a fire drill…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Run the drill' }).waitFor();
  await check('the question before a fire drill');
  await leave();
  await page.goto('/#/activity');
  await page.locator('tr[data-opens]').first().click();
  await page.getByText('Everything done to this').waitFor();
  await check('an entry of the activity');
  await page.goto('/#/settings');
  await page.getByRole('button', { name: 'Set up a second factor…' }).click();
  await page.getByRole('button', { name: 'Show the QR code' }).click();
  await page.locator('input[name=code]:focus').waitFor();
  await check('setting up a second factor');
}

function readAxe(): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the text of the script, past the page's content security policy
  return (require('node:fs') as typeof import('node:fs')).readFileSync(require.resolve('axe-core'), 'utf8');
}
