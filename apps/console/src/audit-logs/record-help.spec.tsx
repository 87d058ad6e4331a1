import { render, screen, within } from '@testing-library/react';
import { HttpError } from 'react-admin';
import type { LogHelp, LogRecord } from '../api-types';
import { aHelp, aKey, aRecord } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const operation = {
  ...{ id: 'Invoices.create', method: 'POST', route: '/v1/invoices', summary: 'Create an invoice', takesBody: true },
  reference: '/docs#/Invoices/Invoices.create',
};
const error = (code: string, more: object = {}): LogRecord['error'] => ({ code, detail: null, issues: [], ...more });

/** The panel of one record, opened by its address. */
async function opened(record: LogRecord, help: Partial<LogHelp>) {
  const provider = memoryDataProvider({ 'audit-logs': [record], 'log-help': [aHelp(record.id, help)] as never, 'api-keys': [aKey(1)] });
  render(<StoryApp at={`/audit-logs?open=${record.id}`} role="member" provider={provider} />);
  return screen.findByRole('region', { name: 'In this case' });
}
const linkOf = (within_: HTMLElement, name: string | RegExp) => within(within_).getByRole('link', { name }).getAttribute('href');

it('of a 400 names pointer and rule, and leads to the operation in the reference and to the payload check', async () => {
  const issues = [{ pointer: '/lines/0/quantity', rule: 'isInt', expected: 'must be an integer number' }];
  const help = await opened(
    aRecord(1, { method: 'POST', status: 400, reason: 'invalid_field', error: error('invalid_field', { issues }) }),
    { operation },
  );
  const [, row] = within(within(help).getByRole('table', { name: 'What was wrong' })).getAllByRole('row');
  expect(row).toHaveTextContent('/lines/0/quantityisIntmust be an integer number');
  // The name of a rule is not broken in the middle, however narrow the panel.
  expect(getComputedStyle(within(row!).getByRole('cell', { name: 'isInt' })).whiteSpace).toBe('nowrap');
  await within(help).findByRole('button', { name: 'Check a payload' });
  expect(linkOf(help, 'API reference: Create an invoice')).toBe('/docs#/Invoices/Invoices.create');
});

it('of a 403 names the scope that was lacking', async () => {
  const help = await opened(aRecord(1, { status: 403, reason: 'missing_scope' }), { scope: { needed: 'invoices:write', hasItNow: true } });
  expect(await within(help).findByText(/The key lacked the scope/)).toHaveTextContent('invoices:write. It has this scope by now');
});

it.each<[string, LogHelp['notFound'], RegExp]>([
  [
    'no endpoint',
    { kind: 'noSuchRoute', nearest: operation, hasFormOfId: null },
    /no endpoint at this address.*nearest endpoint is POST \/v1\/invoices: Create an invoice/,
  ],
  ['another version', { kind: 'wrongVersion', nearest: null, hasFormOfId: null }, /The version in the address is wrong/],
  ['an unknown id', { kind: 'unknownId', nearest: null, hasFormOfId: true }, /deleted, belongs to another organization/],
  ['what is no id', { kind: 'unknownId', nearest: null, hasFormOfId: false }, /does not even have the form of an id/],
])('of a 404 says which of the three: %s', async (_, notFound, words) => {
  const help = await opened(aRecord(1, { status: 404, reason: 'route_not_found' }), { notFound });
  await within(help).findByRole('link', { name: /^API reference/ });
  expect(help).toHaveTextContent(words);
});

it('of a 429 says whether the client waited, and leads to what it did instead', async () => {
  const next = { id: aRecord(2).id, startedAt: '2025-12-02T10:30:15.623Z', afterSeconds: 0.4 };
  const retry = { retryAfterSeconds: 12, retryAt: '2025-12-02T10:30:27.223Z', next, respected: false };
  const help = await opened(aRecord(1, { status: 429, reason: 'organization_limit' }), { retry });
  await within(help).findByText(/did not wait/);
  expect(help).toHaveTextContent('Retry-After: 12');
  expect(help).toHaveTextContent('came after 0.4 s, 12 s too early');
  expect(linkOf(help, 'the next request of the key')).toContain(`open=${next.id}`);
  expect(help).not.toHaveTextContent(/distribute/i);
});

it('of a 5xx says retry, or whom to ask with the request id, and has a bundle for them', async () => {
  const record = aRecord(1, { status: 500, reason: 'handler_error' });
  const contact: NonNullable<LogHelp['failure']>['contact'] = { kind: 'mail', addresses: ['support@example.com'] };
  const times = { from: '2025-12-02T10:25:00.000Z', to: '2025-12-02T10:31:00.000Z' };
  const help = await opened(record, { failure: { persists: true, times: 4, ...times, contact } });
  expect(await within(help).findByText(/It persists/)).toBeVisible();
  expect(linkOf(help, 'support@example.com')).toBe(
    `mailto:support@example.com?subject=${encodeURIComponent(`PineBill request ${record.requestId}`)}`,
  );
  const bundle = within(help).getByRole('link', { name: 'Download support bundle' });
  expect([bundle.getAttribute('href'), bundle.hasAttribute('download')]).toEqual([`/v1/audit-logs/${record.id}/support-bundle`, true]);
});

it('of a 5xx that came once says retry with back-off', async () => {
  const at = '2025-12-02T10:30:15.123Z';
  const failure = { persists: false, times: 1, from: at, to: at, contact: { kind: 'admins' as const, addresses: [] } };
  const help = await opened(aRecord(1, { status: 502, reason: 'upstream_error' }), { failure });
  expect(await within(help).findByText(/It came once/)).toHaveTextContent('retry with back-off');
});

it('has nothing to say of what went well, and says what to do when it cannot be read', async () => {
  const provider = memoryDataProvider({
    'audit-logs': [aRecord(1), aRecord(2, { status: 404, reason: 'route_not_found' })],
    'api-keys': [aKey(1)],
  });
  provider.logHelp = () =>
    Promise.reject(new HttpError('The database cannot be reached', 503, { title: 'The database cannot be reached', status: 503 }));
  const { unmount } = render(<StoryApp at={`/audit-logs?open=${aRecord(1).id}`} role="member" provider={provider} />);
  await screen.findByRole('complementary', { name: 'Request' });
  expect(screen.queryByRole('region', { name: 'In this case' })).toBeNull();
  unmount();
  render(<StoryApp at={`/audit-logs?open=${aRecord(2).id}`} role="member" provider={provider} />);
  const help = await screen.findByRole('region', { name: 'In this case' });
  expect(await within(help).findByText('The database cannot be reached')).toBeVisible();
});
