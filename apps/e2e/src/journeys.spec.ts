/** The story of the product as people live it, in a real browser on the built product. */
import { expect as expectPage } from './page-expect';
import { Secret, TOTP } from 'otpauth';
import type { Browser } from 'playwright-core';
import { violationsIn } from './accessibility';
import { endVisits, openBrowser, signInPage, visit, type Visit } from './browser';
import { caller, person, signIn, type Caller } from './http-client';
import { mendPayload } from './mend-payload';
import { startProduct, type Product } from './product';

let product: Product;
let browser: Browser;
let admin: Caller;
const visits: Visit[] = [];
const open = async (size?: { width: number; height: number }): Promise<Visit> => {
  const one = await visit(browser, product.url, size);
  visits.push(one);
  return one;
};
const adminAccount = () => ({ email: product.adminEmail, password: product.adminPassword });

beforeAll(async () => {
  product = await startProduct();
  browser = await openBrowser();
  admin = await signIn(product);
});
afterEach(() => endVisits(visits));
afterAll(async () => {
  await browser.close();
  expect(await product.stop()).toBe(0);
});

it('a visitor asks the API nothing but whether there is maintenance, and gets to the dashboard with less than 400 kB', async () => {
  const { page, context } = await open();
  const network = await context.newCDPSession(page);
  let bytes = 0;
  network.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await network.send('Network.enable');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const api = () => asked.filter((line) => line.includes(' /v1/'));
  await page.addInitScript(() => {
    const push = history.pushState.bind(history);
    const counted = globalThis as unknown as { pushes?: number };
    history.pushState = (...args) => {
      counted.pushes = (counted.pushes ?? 0) + 1;
      push(...args);
    };
  });
  await page.goto('/');
  await page.getByLabel('E-mail').waitFor();
  // One step to the sign-in page. It was thousands, and eleven seconds of an empty page.
  expect(await page.evaluate(() => (globalThis as unknown as { pushes?: number }).pushes)).toBe(1);
  await page.waitForLoadState('networkidle');
  expect(api()).toEqual(['GET /v1/maintenance']);
  await signInPage(page, adminAccount());
  await page.waitForLoadState('networkidle');
  expect(api().filter((line) => line.endsWith('/v1/session'))).toEqual(['POST /v1/session']);
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(400_000);
});

it('an admin creates a key, a program calls with it, and the call is in the log', async () => {
  const { page } = await open();
  await signInPage(page, adminAccount());
  await page.getByRole('link', { name: 'Keys', exact: true }).click();
  await page.getByRole('button', { name: 'Create key' }).first().click();
  await page.getByLabel('Name').fill('Production API');
  await page.getByRole('button', { name: 'Create key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Copy the secret now').waitFor();
  const secret = /pbk_[0-9A-Za-z]{36}/.exec(await dialog.innerText())?.[0] ?? '';
  await page.keyboard.press('Escape');
  await expectPage(dialog).toBeVisible();
  await dialog.getByLabel('I have stored it').check();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expectPage(dialog).toBeHidden();
  expect(await page.locator('body').innerText()).not.toContain(secret);

  expect((await caller(product.url)('GET', '/v1/invoices', { key: secret })).status).toBe(200);
  await page.getByRole('link', { name: 'API Logs', exact: true }).click();
  const row = page.getByRole('row', { name: /GET \/v1\/invoices 200/ });
  await row.waitFor();
  const text = await row.innerText();
  expect(text).toContain(`Production API`);
  expect(text).toContain(`pbk_...${secret.slice(-4)}`);
  expect(text).toContain('127.0.0.1');
  expect(text).toMatch(/[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M/);
});

it('an admin revokes the key from the log row, and sees the refusal of the very next call', async () => {
  const minted = await admin('POST', '/v1/api-keys', { body: { name: 'Leaked key', scopes: ['invoices:read'] } });
  const { secret, id } = minted.json as { secret: string; id: string };
  const program = caller(product.url);
  expect((await program('GET', '/v1/invoices', { key: secret })).status).toBe(200);

  const { page } = await open();
  await signInPage(page, adminAccount());
  await page.goto(`/#/audit-logs?apiKeyId=${id}`);
  await page
    .getByRole('button', { name: /Actions for GET \/v1\/invoices/ })
    .first()
    .click();
  await page.getByRole('menuitem', { name: /Revoke Leaked key/ }).click();
  const dialog = page.getByRole('dialog');
  const revoke = dialog.getByRole('button', { name: 'Revoke key' });
  await expectPage(revoke).toBeDisabled();
  await dialog.getByLabel(/Reason/).fill('found in a public repository');
  await revoke.click();
  await dialog.getByText('Revoked and in force').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();

  expect((await program('GET', '/v1/invoices', { key: secret })).status).toBe(401);
  await page.goto(`/#/audit-logs?apiKeyId=${id}&reason=revoked_key`);
  const refused = page.getByRole('row', { name: /GET \/v1\/invoices 401/ });
  await refused.waitFor();
  await refused.locator('td').first().click();
  const panel = page.getByRole('complementary').or(page.getByRole('dialog')).filter({ hasText: 'Unauthorized' });
  await panel.waitFor();
  expect(await panel.innerText()).toMatch(/revoked/i);
});

it('a member finds why a call got 400, mends the payload without sending it, and has no button to revoke', async () => {
  const { json } = await admin('POST', '/v1/api-keys', { body: { name: 'Member watches', scopes: ['customers:write'] } });
  const sent = { name: '', email: 'nobody' };
  const program = caller(product.url);
  await program('POST', '/v1/customers', { key: json.secret, body: sent });
  // The page of errors is read once; a record is there a moment after its answer.
  while ((await admin('GET', `/v1/audit-logs?apiKeyId=${json.id}`)).json.data.length === 0);
  const member = await person(admin, product.url, 'member');
  const { page } = await open();
  await signInPage(page, member);
  await page.getByRole('link', { name: 'Errors', exact: true }).click();
  await page.getByRole('link', { name: /POST \/v1\/customers, 400/ }).click();
  const row = page.getByRole('row', { name: /POST \/v1\/customers 400/ });
  await row.waitFor();
  await row.locator('td').first().click();
  const issues = page.getByRole('table', { name: 'What was wrong' });
  await issues.waitFor();
  expect(await page.locator('body').innerText()).toContain('Bad Request');
  expect(await issues.innerText()).toMatch(/\/name\s+text\s[^]*\/email\s+isEmail/);
  const mended = { name: 'ACME', email: 'billing@acme.example' };
  await mendPayload(page, sent, mended);
  expect((await program('POST', '/v1/customers', { key: json.secret, body: mended })).status).toBe(201);
  await page.goto('/#/audit-logs?status=400');
  await page
    .getByRole('button', { name: /Actions for POST \/v1\/customers/ })
    .first()
    .click();
  await page.getByRole('menuitem').first().waitFor();
  expect(await page.getByRole('menuitem', { name: /Revoke/ }).count()).toBe(0);
});

it('a guest sees why there is nothing to see, and asks the API for nothing but maintenance', async () => {
  const guest = await person(admin, product.url, 'guest');
  const { page } = await open();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await signInPage(page, guest);
  await page.getByRole('heading', { name: /You are a guest/ }).waitFor();
  await page.goto('/#/audit-logs');
  await page.getByRole('heading', { name: /You are a guest/ }).waitFor();
  expect(await page.getByRole('link', { name: 'API Logs' }).count()).toBe(0);
  expect(new Set(asked.filter((path) => path.startsWith('/v1/')))).toEqual(new Set(['/v1/session', '/v1/maintenance']));
  const inPage = await page.evaluate(async () => {
    const answer = await fetch('/v1/audit-logs');
    return { status: answer.status, body: await answer.text() };
  });
  expect(inPage.status).toBe(403);
  expect(inPage.body).not.toContain('/v1/invoices');
});

it('an invited person joins by the link, and the link works once', async () => {
  const { json } = await admin('POST', '/v1/members', { body: { email: 'new@example.com', name: 'New Person', role: 'member' } });
  const { page } = await open();
  const link = new URL(json.invitationUrl as string);
  await page.goto(`${link.pathname}${link.hash}`);
  await page.getByLabel('Your name').fill('New Person');
  await page.getByLabel('Password').fill('some long pass phrase here');
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByRole('link', { name: 'API Logs' }).first().waitFor();
  const again = await open();
  await again.page.goto(`${link.pathname}${link.hash}`);
  await again.page.getByLabel('Your name').fill('Somebody else');
  await again.page.getByLabel('Password').fill('some long pass phrase here');
  await again.page.getByRole('button', { name: 'Join' }).click();
  await again.page.getByText(/has been used/).waitFor();
});

it('a person on a phone reads the log and opens a row', async () => {
  const { page } = await open({ width: 400, height: 800 });
  await signInPage(page, adminAccount());
  await page.goto('/#/audit-logs');
  const row = page.getByRole('row', { name: /\/v1\// }).first();
  await row.waitFor();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await row.locator('td').first().click();
  await page.getByText('Raw record').waitFor();
});

it('an admin rotates a key that is due, its program moves over, the board says safe, and the old key is revoked', async () => {
  const minted = await admin('POST', '/v1/api-keys', { body: { name: 'Old importer', scopes: ['invoices:read'] } });
  const { id, secret: oldSecret } = minted.json as { id: string; secret: string };
  const program = caller(product.url);
  expect((await program('GET', '/v1/invoices', { key: oldSecret })).status).toBe(200);
  const { page } = await open();
  await signInPage(page, adminAccount());
  await page.goto(`/#/api-keys/${id}/show`);
  await page.getByRole('button', { name: 'Rotate key…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name of the new key').fill('New importer');
  await dialog.getByRole('button', { name: 'Rotate key' }).click();
  await dialog.getByText('Copy the secret now').waitFor();
  const newSecret = /pbk_[0-9A-Za-z]{36}/.exec(await dialog.innerText())?.[0] ?? '';
  await dialog.getByLabel('I have stored it').check();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByText('The only caller still uses Old importer').waitFor();

  expect((await program('GET', '/v1/invoices', { key: newSecret })).status).toBe(200);
  await page.reload();
  await page.getByText('Old importer is safe to revoke').waitFor();
  await page.getByRole('button', { name: 'Revoke the old key…' }).click();
  await dialog.getByRole('button', { name: 'Replaced by another key' }).click();
  await dialog.getByRole('button', { name: 'Revoke key' }).click();
  await dialog.getByText('Revoked and in force').waitFor();
  expect((await program('GET', '/v1/invoices', { key: oldSecret })).status).toBe(401);
  expect((await program('GET', '/v1/invoices', { key: newSecret })).status).toBe(200);
});

it('an admin sets up a second factor, and signs in with a code', async () => {
  const other = await person(admin, product.url, 'admin');
  const { page } = await open();
  await signInPage(page, other);
  await page.goto('/#/settings');
  await page.getByRole('button', { name: 'Set up a second factor…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Show the QR code' }).click();
  await dialog.locator('input[name=code]:focus').waitFor();
  const key = /\b[A-Z2-7]{16,}\b/.exec(await dialog.innerText())?.[0] ?? '';
  const totp = new TOTP({ secret: Secret.fromBase32(key) });
  // A code is good once: the second one is of the next half minute, which the API takes as well.
  const [first, second] = [totp.generate(), totp.generate({ timestamp: Date.now() + 30_000 })];
  await page.keyboard.type(first);
  await page.keyboard.press('Enter');
  await dialog.getByText(/recovery codes/i).first().waitFor(); // prettier-ignore
  await dialog.getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expectPage(dialog).toBeHidden();

  const again = await open();
  await again.page.goto('/');
  await again.page.getByLabel('E-mail').fill(other.email);
  await again.page.getByLabel('Password').fill(other.password);
  await again.page.getByRole('button', { name: 'Sign in' }).click();
  await again.page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  await again.page.keyboard.type(second);
  await again.page.keyboard.press('Enter');
  await again.page.getByRole('link', { name: 'API Logs' }).first().waitFor();
});

it('an admin works off an item of the hygiene page', async () => {
  await admin('POST', '/v1/api-keys', { body: { name: 'Whose is it', scopes: ['invoices:read'] } });
  const { page } = await open();
  await signInPage(page, adminAccount());
  await page.getByRole('link', { name: 'Hygiene', exact: true }).click();
  await page.getByRole('button', { name: 'Set owner… Whose is it' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Service').fill('night-import');
  await dialog.getByLabel('Team').fill('finance');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expectPage(dialog).toBeHidden();
  await expectPage(page.getByRole('button', { name: 'Set owner… Whose is it' })).toBeHidden();
});

it('no page breaks a rule of accessibility that a program can check, in neither theme', async () => {
  // Both at once, for the most of the time is the browser's.
  const look = async (scheme: 'light' | 'dark') => violationsIn(scheme, { page: (await open()).page, product, admin });
  const [light, dark] = await Promise.all([look('light'), look('dark')]);
  expect({ light, dark }).toEqual({ light: {}, dark: {} });
});
