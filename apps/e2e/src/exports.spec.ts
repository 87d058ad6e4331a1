/** From a filter to a file that somebody else believes, on the built product. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowser, signInPage, visit } from './browser';
import { caller, person, signIn, type Caller } from './http-client';
import { root, startProduct, type Product } from './product';

let product: Product;
let browser: Browser;
let admin: Caller;
beforeAll(async () => {
  product = await startProduct();
  browser = await openBrowser();
  admin = await signIn(product);
});
afterAll(async () => {
  await browser.close();
  expect(await product.stop()).toBe(0);
});

it('a member filters the log, exports what is shown, downloads it, and somebody without an account checks it', async () => {
  const one = await visit(browser, product.url);
  const { json } = await admin('POST', '/v1/api-keys', { body: { name: 'To be exported', scopes: ['invoices:read'] } });
  for (const path of ['/v1/invoices', '/v1/customers']) await caller(product.url)('GET', path, { key: json.secret });
  const member = await person(admin, product.url, 'member');
  const { page, errors } = one;
  await signInPage(page, member);
  await page.goto(`/#/audit-logs?status=403&apiKeyId=${json.id}`);
  await page.getByRole('row', { name: /GET \/v1\/customers 403/ }).waitFor();
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Export these requests' });
  await dialog.getByText('403').waitFor();
  await dialog.getByRole('button', { name: 'Start export' }).click();
  const bundle = page.getByRole('link', { name: 'With manifest (.tar)' });
  await bundle.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), bundle.click()]);
  const file = join(mkdtempSync(join(tmpdir(), 'pinebill-export-')), download.suggestedFilename());
  await download.saveAs(file);
  const said = execFileSync(process.execPath, [join(root, 'tools/verify-export/verify-export.mjs'), file], { encoding: 'utf8' });
  expect(said).toContain('The export is whole and unchanged');
  expect(said).toContain(': 1 rows');
  const entries = await admin('GET', '/v1/activity?action=export.*');
  expect(entries.json.data.map(({ action }: { action: string }) => action)).toEqual([
    'export.downloaded',
    'export.finished',
    'export.created',
  ]);

  const guest = await person(admin, product.url, 'guest');
  const { id } = (await member('GET', '/v1/exports')).json.data[0];
  for (const path of ['/v1/exports', `/v1/exports/${id}`, `/v1/exports/${id}/download`, '/v1/audit-logs/stream'])
    expect((await guest('GET', path)).status).toBe(403);
  expect(errors).toEqual([]);
  await one.close();
});
