/** An admin has alerts brought to a program, signs the week off, and changes the plan to one without alerts and back. On the built product, with a receiver of ours. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Browser, Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { endVisits, openBrowser, signInPage, visit, type Visit } from './browser';
import { caller, signIn, type Caller } from './http-client';
import { startProduct, type Product } from './product';

let product: Product;
let browser: Browser;
let admin: Caller;
let page: Page;
let receiver: Server;
let at: string;
const received: { headers: IncomingHttpHeaders; body: string; type: string }[] = [];
const visits: Visit[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body, type: (JSON.parse(body) as { type: string }).type });
      response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await new Promise((ok) => receiver.once('listening', ok));
  const { port } = receiver.address() as AddressInfo;
  at = `http://127.0.0.1:${port}/hook-of-the-journey`;
  product = await startProduct({ PINEBILL_OUTBOUND_ALLOWED_NETWORKS: '127.0.0.1/32', PINEBILL_OUTBOUND_ALLOWED_PORTS: String(port) });
  browser = await openBrowser();
  admin = await signIn(product);
  await aWeek();
});
beforeEach(async () => {
  const one = await visit(browser, product.url);
  visits.push(one);
  ({ page } = one);
  await signInPage(page, { email: product.adminEmail, password: product.adminPassword });
});
afterEach(() => endVisits(visits));
afterAll(async () => {
  await browser.close();
  expect(await product.stop()).toBe(0);
  receiver.closeAllConnections();
  receiver.close();
});

/** Ends when it is so. */
async function until<T>(what: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 1_800; tries++) {
    const found = what();
    if (found !== undefined) return found;
    await new Promise((ok) => setTimeout(ok, 50));
  }
  throw new Error(`it did not come to be; received: ${received.map(({ type }) => type).join(', ')}`);
}
const nth = (type: string, n: number) => until(() => received.filter((one) => one.type === type)[n - 1]);

it('a webhook is made, tested, told of an alert, and told again', async () => {
  await page.goto('/#/channels');
  await page.getByRole('button', { name: 'New channel' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel(/Kind/).selectOption({ label: 'Webhook' });
  await form.getByLabel(/^Name/).fill('On call');
  await form.getByLabel(/^URL/).fill(at);
  await form.getByRole('button', { name: 'Make channel' }).click();
  const secret = (await page.getByLabel('secret', { exact: true }).textContent()) ?? '';
  await page.getByLabel('I have stored it').check();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  const panel = page.getByRole('complementary', { name: 'The channel On call' });
  await panel.getByRole('button', { name: 'Send a test' }).click();
  await panel.getByText('The test went through').waitFor();
  const { headers, body } = await nth('test', 1);
  expect(new Webhook(/whsec_[\w+/=]+/.exec(secret)?.[0] ?? '').verify(body, headers as Record<string, string>)).toMatchObject({
    type: 'test',
  });

  const channel = /chn_\w+/.exec(page.url())?.[0] ?? '';
  const rule = {
    kind: 'filter',
    name: 'Refused',
    filter: { status: '401' },
    threshold: 3,
    windowMinutes: 5,
    severity: 'high',
    channelIds: [channel],
  };
  const made = await admin('POST', '/v1/alert-rules', { body: rule });
  expect([made.status, made.json.detail]).toEqual([201, undefined]);
  for (let call = 0; call < 5; call++) await caller(product.url)('GET', '/v1/invoices', { key: `pbk_wrong${call}` });
  const opened = await nth('alert.opened', 1);
  await panel.getByRole('button', { name: /^Deliver again: Refused/ }).click({ timeout: 60_000 });
  const again = await nth('alert.opened', 2);
  expect([again.headers['webhook-id'], again.body]).toEqual([opened.headers['webhook-id'], opened.body]);
  await panel.getByText('2 attempts').waitFor();
});

it('the week is signed off, and its evidence has the hash that the page shows', async () => {
  await page.getByText('A weekly review is overdue').waitFor();
  await page.getByRole('button', { name: 'Open the review' }).click();
  await page.getByText('2 grave findings are open.').waitFor();
  await page.getByRole('button', { name: 'Sign off…' }).click();
  await page.getByLabel('Note').fill('Was a deploy.');
  await page.getByRole('button', { name: 'Sign off', exact: true }).click();
  await page.getByText('Matches what is shown here.').waitFor();
  const { json } = await admin('GET', '/v1/reviews?kind=weekly');
  expect(json.data).toMatchObject([{ note: 'Was a deploy.', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  await page.getByText(json.data[0].sha256).waitFor();
  const [evidence] = await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: json.data[0].id }).click()]);
  await evidence.getByText(json.data[0].sha256).waitFor();
});

it('the plan is changed to one without alerts, which says what stops, and back', async () => {
  await page.goto('/#/plan');
  await page.getByRole('button', { name: 'Change to starter…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Channels of alerts (1)').waitFor();
  expect(await dialog.getByRole('button', { name: 'Change to Starter' }).isDisabled()).toBe(true);
  await dialog.getByLabel(/I have read what is lost/).check();
  await dialog.getByRole('button', { name: 'Change to Starter' }).click();
  await dialog.waitFor({ state: 'detached' });

  await page.goto('/#/channels');
  await page.getByText('Alerts are in the enterprise plan').waitFor();
  await page.getByRole('row', { name: /On call.*Not on this plan/ }).click();
  await page.getByRole('button', { name: 'Switch off' }).waitFor();
  expect(await page.getByRole('button', { name: /New channel|Send a test/ }).count()).toBe(0);
  const { status, json } = await admin('POST', '/v1/channels', { body: { name: 'Another', kind: 'webhook', url: at } });
  expect([status, json.code]).toEqual([403, 'plan_required']);

  await page.getByRole('button', { name: 'Compare plans' }).click();
  await page.getByRole('button', { name: 'Change to enterprise…' }).click();
  await dialog.getByRole('button', { name: 'Change to Enterprise' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.goto('/#/channels');
  await page.getByRole('button', { name: 'New channel' }).waitFor();
});

/** Of a product that was started a minute ago no week is over: it is put there as the job would have made it. */
async function aWeek(): Promise<void> {
  const { port, ownerPassword } = JSON.parse(readFileSync(join(product.dataDirectory, 'postgres.json'), 'utf8')) as {
    port: number;
    ownerPassword: string;
  };
  const db = new Client({ connectionString: `postgres://pinebill_owner:${ownerPassword}@127.0.0.1:${port}/pinebill` });
  await db.connect();
  const digest = {
    period: { from: '2025-11-17T00:00:00.000Z', to: '2025-11-24T00:00:00.000Z' },
    traffic: { requests: 1_200, clientErrors: 40, serverErrors: 3 },
    ...{ trafficBefore: null, changes: [], changesMore: 0, attention: ['2 grave findings are open.'] },
    findings: { opened: 0, openedBefore: 0, open: 2, openGrave: 2, leftOut: 0, list: [], more: 0, openList: [], openMore: 2 },
    hygiene: { keys: 0, toDo: 0, sections: [] },
    incidents: { opened: 0, closed: 0, open: [], openMore: 0 },
  };
  await db.query(
    `insert into app.weekly_review (organization_id, id, week, digest, attention, made_at, due_at)
     select id, gen_random_uuid(), '2025-11-17', $1, 1, '2025-11-24T00:07:00Z', '2025-12-01T00:00:00Z' from app.organization`,
    [digest],
  );
  await db.end();
}
