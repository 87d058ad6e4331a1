/** A key in wrong hands, as an admin lives it, from the row of the log to the report; as a member does, who may say it and not stop it; and as a guest. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { endVisits, openBrowser, signInPage, visit, type Visit } from './browser';
import { caller, person, signIn, type Caller } from './http-client';
import { startProduct, type Product } from './product';

let product: Product;
let browser: Browser;
let admin: Caller;
const visits: Visit[] = [];
const open = async (account: { email: string; password: string }): Promise<Page> => {
  const one = await visit(browser, product.url);
  visits.push(one);
  await signInPage(one.page, account);
  return one.page;
};
const adminAccount = () => ({ email: product.adminEmail, password: product.adminPassword });

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

const intruder = '203.0.113.66';
const use = async (secret: string, from: string, agent: string): Promise<number> =>
  (await caller(product.url)('GET', '/v1/invoices', { key: secret, headers: { 'x-forwarded-for': from, 'user-agent': agent } })).status;
const idIn = (page: Page): string => /\/incidents\/(inc_\w+)/.exec(page.url())?.[1] ?? '';

it('an admin goes from the row of the log to the closed incident, and takes the report', async () => {
  const { json: key } = await admin('POST', '/v1/api-keys', {
    body: { name: 'Production API', scopes: ['invoices:read'], service: 'checkout' },
  });
  await use(key.secret, '198.51.100.7', 'acme-checkout/2.1');
  await use(key.secret, intruder, 'curl/8.5.0');
  const page = await open(adminAccount());

  // The row says who; the incident is about its key and its address.
  await page.goto(`/#/audit-logs?apiKeyId=${key.id}&ip=${intruder}`);
  await page.getByRole('row', { name: /GET \/v1\/invoices 200/ }).waitFor();
  await page.locator('[data-actions]').first().click();
  await page.getByRole('menuitem', { name: 'Open incident…' }).click();
  await page.getByRole('dialog', { name: 'Open incident' }).getByRole('button', { name: 'Open incident' }).click();

  await page.getByRole('button', { name: 'Revoke Production API now' }).click();
  await page.getByRole('heading', { name: 'Stopped' }).waitFor();
  expect(await use(key.secret, intruder, 'curl/8.5.0')).toBe(401);

  await page.getByRole('link', { name: 'Go on: replace' }).click();
  await page.getByRole('button', { name: 'Create the new key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Copy the secret now').waitFor();
  const secret = /pbk_[0-9A-Za-z]{36}/.exec(await dialog.innerText())?.[0] ?? '';
  await dialog.getByLabel('I have stored it').click();
  await dialog.getByRole('button', { name: 'Close' }).click();

  // Nobody ticks the service: it is seen with the new key.
  await page.getByRole('link', { name: 'Go on: update services' }).click();
  const line = page.getByRole('listitem').filter({ hasText: 'acme-checkout' });
  await line.getByText('Still on the old key').waitFor();
  expect(await use(secret, '198.51.100.7', 'acme-checkout/2.1')).toBe(200);
  await page.reload(); // instead of the ten seconds until the page asks again
  await line.getByText('Moved', { exact: true }).waitFor();

  await page.getByRole('link', { name: 'Go on: extent' }).click();
  await page.getByRole('button', { name: 'Confirm this extent' }).click();
  await page.getByRole('link', { name: 'Go on: document' }).click();
  await page.getByLabel('Root cause').fill('The key stood in a public repository.');
  await page.getByLabel('Impact').fill('One page of invoices was read.');
  await page.getByLabel('Lessons').fill('Commits are scanned for keys.');
  await page.getByRole('button', { name: 'Close incident' }).click();
  await page.getByRole('button', { name: 'Reopen…' }).waitFor();

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Report as Markdown' }).click()]);
  const report = readFileSync(await download.path(), 'utf8');
  for (const said of ['Production API used from 203.0.113.66', 'The key stood in a public repository.', intruder])
    expect(report).toContain(said);
  expect(report).not.toMatch(/pbk_[0-9A-Za-z]{36}/);
  const { json } = await admin('GET', `/v1/incidents/${idIn(page)}`);
  expect(json).toMatchObject({ state: 'documented', counts: { services: 1, openServices: 0, evidence: 1 }, missing: [] });
  expect(json.closedAt).not.toBeNull();
});

it('a member opens one: every admin is told and sees it on every page, and the member stops nothing', async () => {
  const { json: key } = await admin('POST', '/v1/api-keys', { body: { name: 'Warehouse', scopes: ['invoices:read'] } });
  const member = await person(admin, product.url, 'member');
  const queued = async (): Promise<number> => (await admin('GET', '/v1/system')).json.mail.queued;
  const before = await queued();
  const page = await open(member);
  await page.goto(`/#/incidents?new&apiKeyId=${key.id}`);
  const dialog = page.getByRole('dialog', { name: 'Open incident' });
  await dialog.getByLabel('What did you see? (optional)').fill('Odd hours.');
  await dialog.getByRole('button', { name: 'Open incident' }).click();
  await page.getByRole('heading', { level: 1, name: /Warehouse may be in wrong hands/ }).waitFor();
  const id = idIn(page);
  expect(await queued()).toBe(before + 1);

  await page
    .getByRole('navigation', { name: 'Steps' })
    .getByRole('link', { name: /Contain/ })
    .click();
  await page.getByRole('heading', { level: 2, name: 'Contain' }).waitFor();
  expect(await page.getByRole('button', { name: /^(Revoke|Quarantine|Block|Choose what)/ }).count()).toBe(0);
  const refused = await member('POST', `/v1/incidents/${id}/contain`, { body: { apiKeyIds: [key.id] } });
  expect([refused.status, refused.json.code]).toEqual([403, 'insufficient_role']);
  expect(await use(key.secret, '198.51.100.9', 'warehouse/1.0')).toBe(200);

  const other = await open(adminAccount());
  await other.getByRole('link', { name: 'Contain it' }).click();
  await other.getByRole('button', { name: 'Revoke Warehouse now' }).waitFor();
  expect((await admin('GET', `/v1/incidents/${id}`)).json.lookedAt).not.toBeNull();
});

it('a guest is refused by every operation of incidents and sees nothing of them', async () => {
  const guest = await person(admin, product.url, 'guest');
  const { json: described } = await guest('GET', '/openapi.json');
  const [{ id }] = (await admin('GET', '/v1/incidents')).json.data;
  const operations = Object.entries(described.paths as Record<string, object>)
    .filter(([path]) => path.startsWith('/v1/incident'))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), path.replace('{id}', id)] as const));
  expect(operations.length).toBeGreaterThan(25);
  for (const [method, path] of operations) {
    const { status } = await guest(method, path, method === 'GET' || method === 'DELETE' ? {} : { body: {} });
    expect([method, path, status]).toEqual([method, path, 403]);
  }
  const page = await open(guest);
  expect(await page.getByRole('link', { name: 'Incidents' }).count()).toBe(0);
  expect(await page.getByText('not contained').count()).toBe(0);
});
