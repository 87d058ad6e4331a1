/** The few waiting assertions that the journeys need: playwright-core brings none, and its test runner is not ours. */
import type { Locator } from 'playwright-core';

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    if (await holds()) return;
    await new Promise((ok) => setTimeout(ok, 50));
  }
  throw new Error(`not within 10 s: ${what}`);
}

export const expect = (locator: Locator) => ({
  toBeVisible: () => until('visible', () => locator.isVisible()),
  toBeHidden: () => until('hidden', () => locator.isHidden()),
  toBeDisabled: () => until('disabled', () => locator.isDisabled()),
});
