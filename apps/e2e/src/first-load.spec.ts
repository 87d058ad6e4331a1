/** What a first visit costs: everything that comes over the wire until the sign-in page rests, compressed as it is served, fonts included. */
import type { Browser } from 'playwright-core';
import { openBrowser, visit } from './browser';
import { startProduct, type Product } from './product';

const BUDGET_BYTES = 400_000;

let product: Product;
let browser: Browser;
beforeAll(async () => {
  product = await startProduct();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await product.stop();
});

it('the first load stays under 400 kB compressed, and asks nobody but us', async () => {
  const { page, context } = await visit(browser, product.url);
  const sizes: Promise<{ url: string; bytes: number }>[] = [];
  page.on('requestfinished', (request) =>
    sizes.push(
      request
        .sizes()
        .then(({ responseBodySize, responseHeadersSize }) => ({ url: request.url(), bytes: responseBodySize + responseHeadersSize })),
    ),
  );
  await page.goto('/');
  await page.getByLabel('E-mail').waitFor();
  await page.waitForLoadState('networkidle');
  const loaded = await Promise.all(sizes);
  const total = loaded.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(loaded.filter(({ url }) => !url.startsWith(product.url) && !url.startsWith('data:'))).toEqual([]);
  expect(total).toBeGreaterThan(100_000); // a page that did not load would be light
  expect(total).toBeLessThan(BUDGET_BYTES);
  await context.close();
});
