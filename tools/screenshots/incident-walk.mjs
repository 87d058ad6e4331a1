#!/usr/bin/env node
// The pictures of the guide "Responding to an incident": walks through the staged breach of a fresh `npm run demo` as its admin would, and through a fire drill.
//   BASE=http://127.0.0.1:3000 node tools/screenshots/incident-walk.mjs
// It stops the key and closes the incident, so a second walk needs a fresh demo (delete .pinebill-demo). OUT is where they go (default docs/images); CHROMIUM the browser.
import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const { BASE = 'http://127.0.0.1:3000', OUT = 'docs/images', CHROMIUM = '/usr/bin/chromium' } = process.env;
const flags = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking'.split(' ');
const account = { email: 'admin@larkspur.example', password: 'demo admin 2025' };
/** As apps/api/src/demo/cast.ts has it. */
const service = { 'x-forwarded-for': '18.197.61.10', 'user-agent': 'subscriptions/5.2 (ruby 3.4)' };

const troubles = [];
mkdirSync(OUT, { recursive: true });
const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: flags });
const context = await browser.newContext({
  viewport: { width: 1280, height: 800 },
  colorScheme: 'light',
  reducedMotion: 'reduce',
  timezoneId: 'Europe/Berlin',
});
const page = await context.newPage();
page.setDefaultTimeout(30_000);
page.on('console', (message) => message.type() === 'error' && troubles.push(`${page.url()}: ${message.text()}`));
page.on('pageerror', (error) => troubles.push(`${page.url()}: ${error.message}`));

async function take(name) {
  await page.waitForLoadState('networkidle');
  await page.mouse.move(1, 1); // no tooltip
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(OUT, `incident-${name}.png`) });
}

/** So that it is at the top of what is seen. */
const upTo = (locator) => locator.evaluate((element) => element.scrollIntoView({ block: 'start' }));
const button = (name) => page.getByRole('button', { name });
const goOn = (verb) => page.getByRole('link', { name: `Go on: ${verb}` }).click();

/** The service takes the new key: what the demo cannot do, for nobody told it the secret. */
function callAsService(secret) {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL('/v1/invoices?limit=1', BASE),
      { headers: { ...service, authorization: `Bearer ${secret}` } },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

async function replace() {
  await goOn('replace');
  await button('Create the new key').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Copy the secret now').waitFor();
  const secret = /pbk_[0-9A-Za-z]{36}/.exec(await dialog.innerText())?.[0];
  await dialog.getByLabel('I have stored it').click();
  await dialog.getByRole('button', { name: 'Close' }).click();
  return secret;
}

async function document(texts) {
  for (const [label, text] of Object.entries(texts)) await page.getByLabel(label, { exact: true }).fill(text);
  await button('Close incident').click();
  await button('Reopen…').waitFor();
}

async function breach() {
  await page.getByRole('link', { name: 'Contain it' }).click();
  await button('Revoke Subscription billing now').waitFor();
  await take('contain');
  await button('Revoke Subscription billing now').click();
  await page.getByRole('heading', { name: 'Stopped' }).waitFor();
  await page.waitForTimeout(12_000); // whoever still uses the key is refused meanwhile
  await take('contained');
  const secret = await replace();
  await goOn('update services');
  await page.getByText('Still on the old key').first().waitFor();
  await callAsService(secret);
  await page.reload();
  await page.getByText('Moved', { exact: true }).waitFor();
  await take('services');
  await goOn('extent');
  await button('Confirm this extent').waitFor();
  await upTo(page.getByLabel('From', { exact: true }));
  await take('extent');
  await button('Confirm this extent').click();
  await goOn('document');
  await document({
    'Root cause': 'The secret of the key stood in the log of a build that is public.',
    Impact: 'Customers and invoices were read; five invoices were made and three customers changed. They are named in the extent.',
    Lessons: 'Secrets are masked in build logs. The key of the subscriptions works from their network only.',
  });
  await take('closed');
}

async function drill() {
  await page.goto(`${BASE}/#/incidents`);
  await button('Run a fire drill…').click();
  await button('Run the drill').click();
  await button(/^Revoke Fire drill .* now$/).click();
  await page.getByRole('heading', { name: 'Stopped' }).waitFor();
  await replace();
  await goOn('extent');
  await button('Confirm this extent').click();
  await goOn('document');
  await document({ 'Root cause': 'A drill.', Impact: 'None.', Lessons: 'We are quick, and the list of services was new to us.' });
  const table = page.getByRole('table', { name: 'How long it took' });
  await table.getByText('Documented').waitFor();
  await upTo(page.getByRole('heading', { level: 1 }));
  await take('drill');
}

await page.goto(`${BASE}/#/login`);
await page.getByLabel('E-mail').fill(account.email);
await page.getByLabel('Password').fill(account.password);
await button('Sign in').click();
await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Sign in' }).waitFor();
try {
  await breach();
  await drill();
} catch (error) {
  troubles.push(error.message);
  await page.screenshot({ path: join(OUT, 'incident-failed.png') });
}
await browser.close();
for (const line of [...new Set(troubles)]) console.error(line);
process.exit(troubles.length > 0 ? 1 : 0);
