/** What can be done while the server says who this is, instead of afterwards. */
import { loadLogsPage } from './audit-logs';
import { loadDashboard } from './dashboard';
import { countText } from './elements/figures';
import { exactTime } from './elements/times';

/** The two pages that most visits begin with are fetched. */
function fetchPage(hash: string): void {
  const path = hash.replace(/^#/, '').split('?')[0];
  // If it does not come, whoever draws it hears of it.
  if (path === '/audit-logs') loadLogsPage().catch(() => undefined);
  if (path === '' || path === '/') loadDashboard().catch(() => undefined);
}

/** A browser takes some thirty milliseconds for the first time, and the first number, that it writes as people do: each by itself, not amid the page. */
function writeFirst(): void {
  setTimeout(() => exactTime(new Date()));
  setTimeout(() => countText(1_000));
}

export function prepareFirstPage(hash: string): void {
  setTimeout(() => fetchPage(hash));
  writeFirst();
}
