#!/usr/bin/env node
// Pictures of each screen, for looking and for the documents: light and dark, 1440 and 400 px, as admin, member and guest.
//   BASE=http://127.0.0.1:3000 ADMIN_EMAIL=... ADMIN_PASSWORD=... [MEMBER_EMAIL=... MEMBER_PASSWORD=... GUEST_EMAIL=... GUEST_PASSWORD=...] npm run screenshots -- [screen ...]
// OUT is where they go (default tmp/screenshots); CHROMIUM the browser (default /usr/bin/chromium). Exits 1 when a page logged an error.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const {
  BASE = 'http://127.0.0.1:3000',
  OUT = 'tmp/screenshots',
  CHROMIUM = '/usr/bin/chromium',
  THEMES = 'light,dark',
  WIDTHS = '1440,400',
  ...env
} = process.env;
const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(
    ' ',
  );

/** A screen is an address and, where that is not all, what to do there before the picture. */
const screens = {
  dashboard: { at: '/' },
  'api-logs': { at: '/audit-logs?range=all' },
  'api-logs-errors': { at: '/audit-logs?range=all&status=4xx,5xx&method=!DELETE' },
  'api-logs-panel': { at: '/audit-logs?range=all', then: (page) => openRow(page, 2) },
  'api-logs-refusal': { at: '/audit-logs?range=all&status=401', then: openRefusedKey },
  'api-logs-help': { at: '/audit-logs?range=all', then: (page) => page.getByRole('button', { name: 'About API logs' }).click() },
  'api-logs-menu': { at: '/audit-logs?range=all&status=2xx', then: (page) => page.locator('[data-actions]').first().click() },
  'api-logs-empty': { at: '/audit-logs?path=/nothing/here' },
  'revoke': { at: '/audit-logs?range=all&status=2xx', as: ['admin'], then: async (page) => { await page.locator('[data-actions]').first().click(); await page.getByRole('menuitem', { name: /Revoke/ }).click(); } },
  keys: { at: '/api-keys' },
  key: { at: '/api-keys', then: async (page) => { await page.locator('tr[data-opens]').first().click(); await page.getByText('Latest requests').waitFor(); } },
  'key-change': { at: '/api-keys', as: ['admin'], then: async (page) => { await page.locator('tr[data-opens]').first().click(); await page.getByRole('button', { name: 'More' }).click(); await page.getByRole('menuitem', { name: 'Change key…' }).click(); await page.getByRole('dialog').waitFor(); } },
  'key-cut-over': { at: '/api-keys', as: ['admin'], then: openCutOver },
  'key-create': { at: '/api-keys/create', as: ['admin'] },
  hygiene: { at: '/api-keys/hygiene' },
  owners: { at: '/api-keys/hygiene/owners' },
  findings: { at: '/findings', as: ['admin', 'member'] },
  finding: { at: '/findings', as: ['admin', 'member'], then: async (page) => { await page.locator('tr[data-opens]').first().click(); await page.getByRole('heading', { name: 'What to do' }).waitFor(); } },
  'normal-usage': { at: '/normal-usage', as: ['admin', 'member'] },
  detector: { at: '/findings/detectors/requestSpike', as: ['admin'] },
  usage: { at: '/normal-usage', as: ['admin', 'member'], then: (page) => page.locator('tr[data-opens]').first().click() },
  alerts: { at: '/alerts', as: ['admin', 'member'] },
  alert: { at: '/alerts?state=all', as: ['admin', 'member'], then: (page) => page.locator('tr[data-opens]').first().click() },
  rules: { at: '/alert-rules', as: ['admin', 'member'] },
  rule: { at: '/alert-rules', as: ['admin', 'member'], then: (page) => page.locator('tr[data-opens]').first().click() },
  'rule-new': { at: '/alert-rules/new', as: ['admin'] },
  channels: { at: '/channels', as: ['admin', 'member'] },
  'weekly-reviews': { at: '/weekly-reviews', as: ['admin', 'member'] },
  'weekly-review': { at: '/weekly-reviews', as: ['admin', 'member'], then: (page) => page.locator('main table a').first().click() },
  members: { at: '/members' },
  activity: { at: '/activity' },
  'activity-entry': { at: '/activity?action=!session.*', then: (page) => page.locator('tr[data-opens]').first().click() },
  exports: { at: '/exports' },
  export: { at: '/exports', then: async (page) => { await page.locator('tr[data-opens]').first().click(); await page.getByText('Check it').waitFor(); } },
  'export-new': { at: '/exports', then: async (page) => { await page.getByRole('button', { name: 'New export' }).click(); await page.getByRole('dialog').waitFor(); } },
  'access-review': { at: '/access-review' },
  restrictions: { at: '/restrictions' },
  'second-factor': { at: '/settings', as: ['admin'], then: async (page) => { await page.getByRole('button', { name: 'Set up a second factor…' }).click(); await page.getByRole('button', { name: 'Show the QR code' }).click(); await page.locator('input[name=code]:focus').waitFor(); } },
  plan: { at: '/plan' },
  'api-logs-views': { at: '/audit-logs?range=all&status=4xx', as: ['admin', 'member'], then: (page) => page.getByRole('button', { name: /^Saved views/ }).click() },
  'api-logs-display': { at: '/audit-logs?range=all&columns=startedAt,method,path,status,route,service,userAgent,ip&density=compact', as: ['admin', 'member'], then: (page) => page.getByRole('button', { name: 'Columns, density, time zone' }).click() },
  'api-logs-completion': { at: '/audit-logs?range=all', as: ['admin', 'member'], then: (page) => page.getByRole('combobox', { name: 'Search API logs' }).pressSequentially('status:4') },
  address: { at: '/audit-logs', as: ['admin', 'member'], then: openAddress },
  settings: { at: '/settings' },
  system: { at: '/system', as: ['admin'] },
  'status-codes': { at: '/status-codes' },
  errors: { at: '/errors?range=7d' },
  'a-400': { at: '/audit-logs?status=400&reason=invalid_field', then: async (page) => { await openRow(page, 0); await page.getByRole('button', { name: 'Check a payload' }).waitFor(); } },
  'check-payload': { at: '/check-payload', then: async (page) => { await page.getByRole('button', { name: 'Start with an example' }).click(); const box = page.getByLabel('JSON body'); await box.fill((await box.inputValue()).replace('"EUR"', '"euro"')); } },
  'back-off': { at: '/back-off' },
  troubleshooting: { at: '/troubleshooting' },
  'api-introduction': { at: '/api-introduction' },
  palette: { at: '/', then: async (page) => { await page.keyboard.press('Control+k'); await page.getByRole('combobox', { name: 'Go to or find' }).fill('192.168.1.1'); } },
}; // prettier-ignore

async function openRow(page, index) {
  await page.locator('tr[data-opens] td.time').nth(index).click();
  await page.getByText('Raw record').waitFor();
}

async function openAddress(page) {
  await page
    .getByRole('link', { name: /^About / })
    .first()
    .click({ force: true });
  await page.getByRole('heading', { name: 'Status codes' }).waitFor();
}

/** Of a key that was rotated: where there is none, one that callers use is rotated first. */
async function openCutOver(page) {
  const keys = await page.evaluate(async () => (await (await fetch('/v1/api-keys?limit=200')).json()).data);
  const rotated = keys.find(({ replacedBy, state }) => replacedBy !== null && state === 'expiring');
  const used =
    rotated ?? keys.find(({ lastUsedAt, state, replacedBy }) => lastUsedAt !== null && state === 'active' && replacedBy === null);
  if (!rotated)
    await page.evaluate(async (key) => {
      const body = JSON.stringify({ name: `${key.name} 2`, overlapSeconds: 86_400 });
      await fetch(`/v1/api-keys/${key.id}/rotate`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    }, used);
  await page.goto(`${BASE}/#/api-keys/${used.id}/show`);
  await page.reload();
  await page.getByRole('table', { name: 'Callers of both keys' }).waitFor();
}

/** Of a key that exists: its row says whose it is, and the panel leads to the next step. */
async function openRefusedKey(page) {
  const row = page.locator('tr[data-opens]').filter({ hasText: '401' }).filter({ hasText: 'pbk_' }).first();
  await row.locator('td.time').click();
  await page.getByText('Raw record').waitFor();
  await page.evaluate(() => document.querySelector('main').scrollTo(0, 0));
}

const people = ['admin', 'member', 'guest']
  .map((role) => ({ role, email: env[`${role.toUpperCase()}_EMAIL`], password: env[`${role.toUpperCase()}_PASSWORD`] }))
  .filter(({ email }) => email);
const wanted = process.argv.slice(2);
const troubles = [];

async function signIn(page, { email, password }) {
  await page.goto(`${BASE}/#/login`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Sign in' }).waitFor();
}

async function take(page, name, screen) {
  await page.goto('about:blank'); // a new hash alone would keep the last page's state
  await page.goto(`${BASE}/#${screen.at}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  await screen.then?.(page);
  await page.mouse.move(1, 1); // no tooltip
  await page.waitForTimeout(400); // the panel slides in for 140 ms
  await page.screenshot({ path: join(OUT, `${name}.png`) });
}

async function run(browser, person, theme, width) {
  const context = await browser.newContext({
    viewport: { width, height: width > 800 ? 900 : 860 },
    colorScheme: theme,
    deviceScaleFactor: 1,
    reducedMotion: 'reduce',
    hasTouch: width < 800,
    timezoneId: 'Europe/Berlin',
  });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && troubles.push(`${person.role} ${page.url()}: ${message.text()}`));
  page.on('pageerror', (error) => troubles.push(`${person.role} ${page.url()}: ${error.message}`));
  if (person.role === 'admin' && (wanted.length === 0 || wanted.includes('sign-in'))) {
    await page.goto(`${BASE}/#/login`);
    await page.getByLabel('E-mail').waitFor();
    await page.screenshot({ path: join(OUT, `sign-in-${theme}-${width}.png`) });
  }
  await signIn(page, person);
  const list = person.role === 'guest' ? { 'api-logs': screens['api-logs'], settings: screens.settings } : screens;
  for (const [name, screen] of Object.entries(list)) {
    if ((wanted.length > 0 && !wanted.includes(name)) || (screen.as && !screen.as.includes(person.role))) continue;
    try {
      await take(page, `${name}-${theme}-${width}${person.role === 'admin' ? '' : `-${person.role}`}`, screen);
    } catch (error) {
      troubles.push(`${person.role} ${name} ${theme} ${width}: ${error.message.split('\n')[0]}`);
    }
  }
  await context.close();
}

if (people.length === 0) {
  console.error('ADMIN_EMAIL and ADMIN_PASSWORD are needed');
  process.exit(2);
}
mkdirSync(OUT, { recursive: true });
const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: flags });
for (const person of people)
  for (const theme of THEMES.split(',')) for (const width of WIDTHS.split(',').map(Number)) await run(browser, person, theme, width);
await browser.close();
for (const line of [...new Set(troubles)]) console.error(line);
process.exit(troubles.length > 0 ? 1 : 0);
