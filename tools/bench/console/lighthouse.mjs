#!/usr/bin/env node
// Lighthouse (desktop) over the sign-in page, the list and the dashboard of a running product; the goals are 95 for performance and 100 for accessibility.
//   npm install --no-save --ignore-scripts lighthouse@12.8.2
//   BASE=http://127.0.0.1:3000 EMAIL=... PASSWORD=... node tools/bench/console/lighthouse.mjs
// Lighthouse is no dependency: two hundred packages for something that is run now and then. RUNS (default 3): the median is told. Exits 1 below a goal.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const { BASE = 'http://127.0.0.1:3000', EMAIL, PASSWORD, RUNS = '3', CHROMIUM = '/usr/bin/chromium' } = process.env;
const goals = { performance: 95, accessibility: 100 };
const pages = { 'sign-in': '/#/login', list: '/#/audit-logs', dashboard: '/#/' };

if (!EMAIL || !PASSWORD) throw new Error('Whom to sign in as: set EMAIL and PASSWORD.');
const { default: lighthouse, desktopConfig } = await import('lighthouse').catch(() => {
  throw new Error('Lighthouse is not installed: npm install --no-save --ignore-scripts lighthouse@12.8.2');
});

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

async function signIn(context) {
  const page = await context.newPage();
  await page.goto(`${BASE}/#/login`);
  await page.getByLabel('E-mail').fill(EMAIL);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Sign in' }).waitFor();
  await page.close();
}

async function audit(port, path) {
  const { lhr } = await lighthouse(
    `${BASE}${path}`,
    { port, disableStorageReset: true, onlyCategories: Object.keys(goals), logLevel: 'silent' },
    desktopConfig,
  );
  const failing = Object.values(lhr.audits).filter(({ id, score }) => score !== null && score < 0.9 && isWeighed(lhr, id));
  const { score } = lhr.categories.performance;
  if (score === null)
    throw new Error(
      `Lighthouse could not finish ${lhr.requestedUrl}: ${lhr.runtimeError?.message ?? 'it does not say why'}. Run it again.`,
    );
  return {
    performance: Math.round(score * 100),
    accessibility: Math.round(lhr.categories.accessibility.score * 100),
    lcp: Math.round(lhr.audits['largest-contentful-paint'].numericValue),
    tbt: Math.round(lhr.audits['total-blocking-time'].numericValue),
    cls: (lhr.audits['cumulative-layout-shift'].numericValue ?? NaN).toFixed(3),
    failing: failing.map(({ id, displayValue }) => (displayValue ? `${id} (${displayValue})` : id)),
  };
}
const isWeighed = ({ categories }, id) =>
  Object.values(categories).some(({ auditRefs }) => auditRefs.some((one) => one.id === id && one.weight > 0));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const profile = mkdtempSync(join(tmpdir(), 'lighthouse-'));
const port = await freePort();
const context = await chromium.launchPersistentContext(profile, {
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', `--remote-debugging-port=${port}`],
});
let missed = false;
try {
  console.log('| Page | Performance | Accessibility | LCP ms | TBT ms | CLS | Below 90 |\n|---|---|---|---|---|---|---|');
  for (const [name, path] of Object.entries(pages)) {
    if (name !== 'sign-in') await signIn(context).catch(() => undefined); // the second time the session is there
    const runs = [];
    for (let run = 0; run < Number(RUNS); run++) runs.push(await audit(port, path));
    const of = (what) => median(runs.map((run) => run[what]));
    if (of('performance') < goals.performance || of('accessibility') < goals.accessibility) missed = true;
    const failing = [...new Set(runs.flatMap((run) => run.failing))].join(', ');
    console.log(`| ${[name, of('performance'), of('accessibility'), of('lcp'), of('tbt'), of('cls'), failing].join(' | ')} |`);
  }
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
process.exit(missed ? 1 : 0);
