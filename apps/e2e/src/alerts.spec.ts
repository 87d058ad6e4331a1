/** Somebody guesses keys: the burst is found, becomes an alert, an incident, and the key that was hit on is revoked. As an admin lives it. */
import type { Browser } from 'playwright-core';
import { endVisits, openBrowser, signInPage, visit, type Visit } from './browser';
import { caller, signIn, type Caller } from './http-client';
import { startProduct, type Product } from './product';

let product: Product;
let browser: Browser;
let admin: Caller;
const visits: Visit[] = [];

beforeAll(async () => {
  product = await startProduct({ PINEBILL_TRUSTED_PROXIES: '127.0.0.1/32' });
  browser = await openBrowser();
  admin = await signIn(product);
});
afterEach(() => endVisits(visits));
afterAll(async () => {
  await browser.close();
  expect(await product.stop()).toBe(0);
});

const guesser = '203.0.113.66';
const ask = async (key: string): Promise<number> =>
  (await caller(product.url)('GET', '/v1/invoices', { key, headers: { 'x-forwarded-for': guesser, 'user-agent': 'curl/8.5.0' } })).status;

it('a burst of 401s becomes an alert, an incident and a revocation', async () => {
  const rule = {
    kind: 'detector',
    name: 'Somebody guesses keys',
    detectors: ['unauthorizedBurst'],
    leastSeverity: 'low',
    severity: 'high',
  };
  expect((await admin('POST', '/v1/alert-rules', { body: rule })).status).toBe(201);
  const { json: key } = await admin('POST', '/v1/api-keys', { body: { name: 'Production API', scopes: ['invoices:read'] } });
  for (let guess = 0; guess < 60; guess++) expect(await ask(`pbk_guess${guess}`)).toBe(401);
  expect(await ask(key.secret)).toBe(200);

  const one = await visit(browser, product.url);
  visits.push(one);
  const { page } = one;
  await signInPage(page, { email: product.adminEmail, password: product.adminPassword });
  await page.goto('/#/alerts');
  // It comes by itself: the page asks again now and then.
  await page.locator('tr[data-opens]').first().click({ timeout: 90_000 });
  await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
  await page.getByRole('button', { name: 'Open incident', exact: true }).click();
  await page.getByRole('link', { name: 'Open the incident' }).click();
  await page.getByRole('link', { name: 'alert' }).first().waitFor();
  const incident = /\/incidents\/(inc_\w+)/.exec(page.url())?.[1] ?? '';

  // Whom the address is known as: one of its calls was let in.
  await page.goto(`/#/audit-logs?ip=${guesser}&status=200`);
  await page.getByRole('row', { name: /GET \/v1\/invoices 200/ }).waitFor();
  await page.locator('[data-actions]').first().click();
  await page.getByRole('menuitem', { name: /Revoke Production API/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/Reason/).fill('guessed, or found');
  await dialog.getByRole('button', { name: 'Revoke key' }).click();
  await dialog.getByText('Revoked and in force').waitFor();
  expect(await ask(key.secret)).toBe(401);

  const { json: alerts } = await admin('GET', '/v1/alerts');
  expect(alerts.data).toMatchObject([{ state: 'acknowledged', incidentId: incident }]);
  // The incident has rows that show it, its finding names it as well, and what the alert leads to are the guesses alone.
  const [{ filter, count, finding }] = alerts.data;
  const rowsOf = async (query: string): Promise<{ status: number; ip: string }[]> =>
    (await admin('GET', `/v1/audit-logs?limit=200&${query}`)).json.data;
  const evidence = await rowsOf(`incidentId=${incident}`);
  expect(evidence.length).toBeGreaterThan(0);
  expect(evidence.every(({ status, ip }) => status === 401 && ip === guesser)).toBe(true);
  expect((await admin('GET', `/v1/findings/${finding.id}`)).json.incidentId).toBe(incident);
  const rows = await rowsOf(new URLSearchParams(filter as Record<string, string>).toString());
  expect(rows).toHaveLength(count);
  expect(rows.every(({ ip }) => ip === guesser)).toBe(true);
});
