/** From a failed row to a body that fits: checked in the browser, seen by nobody else; and the operation in the API reference. */
import type { Page } from 'playwright-core';

/** Of a customer without a name and with an e-mail address that is none. */
export async function mendPayload(page: Page, sent: object, mended: object): Promise<void> {
  await page.getByRole('button', { name: 'Check a payload' }).click();
  const box = page.getByLabel('JSON body');
  await box.waitFor();
  await page.waitForLoadState('networkidle');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await box.fill(JSON.stringify(sent, null, 2));
  const findings = page.getByRole('table', { name: 'What does not fit' });
  await findings.waitFor();
  expect(await findings.innerText()).toMatch(/line 2, column 11\s+\/name\s+minLength[^]*line 3, column 12\s+\/email\s+pattern/);
  await box.fill(JSON.stringify(mended));
  await page.getByText('It fits the schema').waitFor();
  expect(asked).toEqual([]);
  const kept = await page.evaluate(() =>
    [JSON.stringify(localStorage), JSON.stringify(sessionStorage), location.href, document.cookie].join(),
  );
  for (const value of Object.values(mended)) expect(kept).not.toContain(value);

  await page.getByRole('link', { name: 'API reference' }).click();
  // The page opens the operation that its address names.
  await page.locator('.opblock.is-open', { hasText: '/v1/customers' }).getByText('Create a customer').waitFor();
  await page.goBack();
}
