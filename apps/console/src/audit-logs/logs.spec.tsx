import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { exactTime, utcTime } from '../elements/times';
import { aCutOver, aKey, aRecord } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const key = aKey(1, { name: 'Production API' });
const refused = aRecord(2, {
  path: '/v1/invoices/inv_123',
  route: '/v1/invoices/{id}',
  status: 401,
  reason: 'revoked_key',
  ip: '203.0.113.9',
  country: 'NL',
  error: { code: 'invalid_api_key', detail: null, issues: [] },
});
const nobody = aRecord(3, { status: 401, reason: 'missing_key', apiKey: null, actor: { type: 'anonymous', id: null, name: null } });
const stranger = aRecord(4, {
  status: 401,
  reason: 'unknown_key',
  apiKey: null,
  keyFingerprint: '0a1b2c3d4e5f',
  actor: { type: 'anonymous', id: null, name: null },
});
const person = aRecord(5, { path: '/v1/api-keys', apiKey: null, actor: { type: 'user', id: 'usr_1', name: 'Ada Admin' } });
const someLogs = () => ({ 'audit-logs': [aRecord(1), refused, nobody, stranger, person], 'api-keys': [{ ...key }] });

async function story(props: Partial<Parameters<typeof StoryApp>[0]> = {}) {
  const provider = memoryDataProvider(props.records ?? someLogs());
  let url = '';
  render(<StoryApp at="/audit-logs" provider={provider} onLocation={(now) => (url = now)} {...props} />);
  const table = await screen.findByRole('table', { name: 'API requests' });
  await waitFor(() => expect(within(table).getAllByRole('row').length).toBeGreaterThan(2));
  return {
    user: userEvent.setup({ delay: null }),
    table,
    provider,
    url: () => url,
    rows: () => within(table).getAllByRole('row').slice(1),
  };
}

describe('the list of API requests', () => {
  it('shows the documented columns and the time it took', async () => {
    const { table, rows } = await story();
    expect(
      within(table)
        .getAllByRole('columnheader')
        .map((head) => head.textContent.trim()),
    ).toEqual(['Timestamp', 'Method', 'Endpoint', 'Status', 'API Key', 'IP Address', 'ms', 'Actions']);
    const cells = within(rows()[0]!)
      .getAllByRole('cell')
      .map((cell) => cell.textContent);
    expect(cells.slice(0, 7)).toEqual([
      exactTime('2025-12-02T10:30:15.123Z'),
      'GET',
      '/v1/invoices',
      '200',
      'Production API (pbk_...x7f2)',
      '192.168.1.1',
      '12',
    ]);
  });

  it('writes times as documented in the reader’s zone, and in UTC on hover', async () => {
    expect(exactTime('2025-12-02T10:30:15.123Z', 'UTC')).toBe('Dec 2, 2025 10:30:15 AM');
    expect(exactTime('2025-12-02T23:05:09Z', 'Europe/Berlin')).toBe('Dec 3, 2025 12:05:09 AM');
    const { rows, user } = await story();
    await user.hover(within(rows()[0]!).getByText(exactTime('2025-12-02T10:30:15.123Z')));
    expect(await screen.findByRole('tooltip')).toHaveTextContent(utcTime('2025-12-02T10:30:15.123Z'));
  });

  it('says what a status means on hover', async () => {
    const { rows, user } = await story();
    await user.hover(within(rows()[1]!).getByText('401'));
    expect(await screen.findByRole('tooltip')).toHaveTextContent('401 Unauthorized: Invalid or missing API key');
  });

  it('names the person of a session, and says why there is no key otherwise', async () => {
    const { rows } = await story();
    expect(rows()[2]).toHaveTextContent('No key · missing key');
    expect(rows()[3]).toHaveTextContent('Unknown key · unknown key');
    expect(rows()[4]).toHaveTextContent('Ada Admin');
  });

  it('opens on keys and anonymous callers, newest first, with a chip that brings the console’s own requests', async () => {
    const { provider, user, url } = await story();
    const asked = () => provider.asked.filter((line) => line.startsWith('list audit-logs')).at(-1);
    expect(asked()).toMatch(/"actorType":"!user".* DESC$/);
    await user.click(screen.getByRole('button', { name: 'Remove the filter API keys + anonymous' }));
    await waitFor(() => expect(asked()).not.toContain('actorType'));
    expect(url()).toBe('/audit-logs?actorType=any');
  });

  it('filters by a click on a value and excludes with Alt, and keeps both in the URL', async () => {
    const { rows, url } = await story();
    fireEvent.click(within(rows()[1]!).getByRole('button', { name: 'Only status 401' }));
    await waitFor(() => expect(url()).toBe('/audit-logs?status=401'));
    fireEvent.click(within(rows()[0]!).getByRole('button', { name: 'Only GET' }), { altKey: true });
    await waitFor(() => expect(decodeURIComponent(url())).toBe('/audit-logs?method=!GET&status=401'));
    expect(screen.getByRole('combobox', { name: 'Search API logs' })).toHaveValue('-method:GET status:401');
  });

  it('applies what is typed in the search box, and says what it does not understand', async () => {
    const { user, url } = await story();
    const box = screen.getByRole('combobox', { name: 'Search API logs' });
    await user.type(box, 'status:4xx key:"Production API"{Enter}');
    await waitFor(() => expect(url()).toBe(`/audit-logs?status=4xx&apiKeyId=${key.id}`));
    expect(screen.getByText('Production API', { selector: '[title="Production API"]' })).toBeInTheDocument();
    await user.clear(box);
    await user.type(box, 'banana{Enter}');
    expect(await screen.findByText(/"banana" was not understood/)).toBeInTheDocument();
    expect(url()).toBe(`/audit-logs?status=4xx&apiKeyId=${key.id}`);
  });

  it('turns the order in the head of the table', async () => {
    const { table, user, provider, url } = await story();
    await user.click(within(table).getByRole('button', { name: 'Timestamp' }));
    await waitFor(() => expect(url()).toBe('/audit-logs?order=asc'));
    expect(within(table).getByRole('columnheader', { name: 'Timestamp' })).toHaveAttribute('aria-sort', 'ascending');
    expect(provider.asked.at(-1)).toMatch(/ASC$/);
  });

  it('shows one page and fetches the next when asked', async () => {
    const { user, rows } = await story({
      records: { 'audit-logs': Array.from({ length: 60 }, (_, index) => aRecord(index + 1)) },
      provider: undefined,
    });
    await waitFor(() => expect(rows()).toHaveLength(50));
    await user.click(screen.getByRole('button', { name: 'Show older requests' }));
    await waitFor(() => expect(rows()).toHaveLength(60));
    expect(screen.queryByRole('button', { name: 'Show older requests' })).toBeNull();
  });

  it('offers the next step when nothing matches', async () => {
    render(<StoryApp at="/audit-logs?status=500" records={{}} />);
    expect(await screen.findByText('No request matches')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Search everything kept' })).toBeInTheDocument();
  });
});

describe('one request', () => {
  it('opens beside the list, says why it came and what to do, and links what is alike', async () => {
    const { user, rows, url } = await story();
    await user.click(rows()[1]!);
    const panel = await screen.findByRole('complementary', { name: 'Request' });
    expect(url()).toBe(`/audit-logs?open=${refused.id}`);
    expect(panel).toHaveTextContent('401 Unauthorized: Invalid or missing API key');
    expect(panel).toHaveTextContent('Why here: The API key is revoked.');
    expect(panel).toHaveTextContent(/What to do: /);
    expect(panel).toHaveTextContent('Netherlands (NL)');
    expect(within(panel).getByLabelText('JSON of the record')).toHaveTextContent(refused.requestId);
    expect(within(panel).getByLabelText('curl command')).toHaveTextContent("curl -i 'http://localhost/v1/invoices/inv_123'");
    await user.click(within(panel).getByRole('button', { name: 'Same IP address' }));
    await waitFor(() => expect(url()).toBe(`/audit-logs?ip=203.0.113.9&open=${refused.id}`));
  });

  it('tells of a refusal by a limit which one it was, and whether other keys had room', async () => {
    const limit = { policy: 'per-key' as const, perMinute: 600, retryAfterSeconds: 1, otherKeysRoom: 1_200 };
    const error = { code: 'rate_limited', detail: null, issues: [], limit };
    const limited = aRecord(6, { status: 429, reason: 'key_limit', path: '/v1/limited', error });
    const { user, rows } = await story({ records: { 'audit-logs': [limited, aRecord(1)], 'api-keys': [{ ...key }] } });
    await user.click(rows()[0]!);
    const panel = await screen.findByRole('complementary', { name: 'Request' });
    expect(panel).toHaveTextContent('distribute the load: the organization’s other keys had room for 1,200 more requests');
    expect(panel).toHaveTextContent('Of the key: 600 a minute');
    expect(panel).toHaveTextContent('1,200 requests by other keys');
  });

  it('is reached, walked and closed by the keyboard', async () => {
    const { url } = await story();
    fireEvent.keyDown(document.body, { key: 'j' });
    fireEvent.keyDown(document.body, { key: 'j' });
    fireEvent.keyDown(document.activeElement ?? document.body, { key: 'Enter' });
    await waitFor(() => expect(url()).toBe(`/audit-logs?open=${refused.id}`));
    fireEvent.keyDown(document.body, { key: 'k' });
    await waitFor(() => expect(url()).toBe(`/audit-logs?open=${aRecord(1).id}`));
    fireEvent.keyDown(document.body, { key: 'Escape' });
    await waitFor(() => expect(url()).toBe('/audit-logs'));
    fireEvent.keyDown(document.body, { key: '/' });
    expect(screen.getByRole('combobox', { name: 'Search API logs' })).toHaveFocus();
  });
});

describe('what the log says about itself', () => {
  it('stands among the requests, and opens', async () => {
    const gap = { from: '2025-12-02T10:00:00.000Z', to: '2025-12-02T10:05:00.000Z', count: 900, atMost: 900, cause: 'coalesced' };
    const missing = aRecord(6, { kind: 'gap', gap, method: null, path: null, status: null, apiKey: null, ip: '203.0.113.9' });
    const { user } = await story({ records: { 'audit-logs': [aRecord(1), missing], 'api-keys': [] } });
    await user.click(screen.getByRole('row', { name: '900 refusals from 203.0.113.9, counted together' }));
    const panel = await screen.findByRole('complementary');
    expect(panel).toHaveTextContent('refusals are counted here');
    expect(panel).toHaveTextContent(exactTime('2025-12-02T10:05:00.000Z'));
  });
});

it('credits the country database below the list and beside a record, as its licence asks', async () => {
  const { user, rows } = await story();
  const credits = () => screen.getAllByRole('link', { name: 'IP Geolocation by DB-IP' });
  expect(credits().map((link) => link.getAttribute('href'))).toEqual(['https://db-ip.com']);
  await user.click(rows()[1]!);
  await screen.findByText('Netherlands (NL)');
  expect(credits()).toHaveLength(2);
});

describe('the panel', () => {
  it('is made wider and narrower by the keyboard, within bounds', async () => {
    const { user, rows } = await story();
    await user.click(rows()[1]!);
    const edge = await screen.findByRole('separator', { name: 'Width of the panel' });
    expect(edge).toHaveAttribute('aria-valuenow', '480');
    fireEvent.keyDown(edge, { key: 'ArrowLeft' });
    expect(edge).toHaveAttribute('aria-valuenow', '504');
    fireEvent.keyDown(edge, { key: 'End' });
    fireEvent.keyDown(edge, { key: 'ArrowRight' });
    expect(edge).toHaveAttribute('aria-valuenow', '360');
  });

  it('leads an admin from a refused key to its replacement', async () => {
    const { user, rows, url } = await story();
    await user.click(rows()[1]!);
    await user.click(await screen.findByRole('button', { name: 'Create replacement' }));
    await waitFor(() => expect(url()).toBe(`/api-keys/create?replaces=${key.id}`));
  });
});

describe('revoking from a row', () => {
  it('asks for a reason, names who will be refused, and shows what came of it', async () => {
    const caller = {
      ...{ network: '203.0.113.0/24', agent: 'checkout', requests: 5, requestsNew: 0, moved: false },
      ...{ lastOld: '2025-12-02T10:30:00.000Z', lastNew: null },
    };
    const board = aCutOver(key, null, { safeToRevoke: false, remainingCallers: 1, callers: [caller] });
    const { user, rows, provider } = await story({ records: { ...someLogs(), 'cut-over': [board] as never } });
    await user.click(within(rows()[0]!).getByRole('button', { name: /^Actions for/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'Revoke Production API…' }));
    const dialog = await screen.findByRole('dialog', { name: 'Revoke Production API?' });
    expect(within(dialog).getByRole('button', { name: 'Revoke key' })).toBeDisabled();
    expect(await within(dialog).findByText('203.0.113.0/24')).toBeInTheDocument();
    await user.click(within(dialog).getByRole('button', { name: 'Leaked or suspected leak' }));
    await user.click(within(dialog).getByRole('button', { name: 'Revoke key' }));
    expect(await within(dialog).findByText('Revoked and in force')).toBeInTheDocument();
    expect(dialog).toHaveTextContent(exactTime('2025-12-02T10:31:00.120Z'));
    expect(dialog).toHaveTextContent('1 of 1 process');
    expect(provider.asked).toContain(`revoke ${key.id} Leaked or suspected leak`);
  });

  it('is not offered to members', async () => {
    const { user, rows } = await story({ role: 'member' });
    await user.click(within(rows()[0]!).getByRole('button', { name: /^Actions for/ }));
    expect(await screen.findByRole('menuitem', { name: 'Only this key' })).toBeInTheDocument();
    expect(screen.queryByRole('menuitem', { name: /Revoke/ })).toBeNull();
  });

  it('is not offered for a key that is revoked already', async () => {
    const record = aRecord(1, { apiKey: { id: key.id, name: key.name, masked: key.masked, state: 'active', currentState: 'revoked' } });
    const { user, rows } = await story({ records: { 'audit-logs': [record, nobody], 'api-keys': [{ ...key, state: 'revoked' }] } });
    await user.click(within(rows()[0]!).getByRole('button', { name: /^Actions for/ }));
    await screen.findByRole('menuitem', { name: 'Open' });
    expect(screen.queryByRole('menuitem', { name: /Revoke/ })).toBeNull();
  });
});

it('says beside the log how to start, who may see what and where to read on', async () => {
  const { user } = await story();
  await user.click(screen.getByRole('button', { name: 'About API logs' }));
  const help = await screen.findByRole('complementary', { name: 'About API logs' });
  expect(within(help).getByRole('heading', { name: 'Quick start' }).parentElement?.querySelectorAll('li')).toHaveLength(3);
  expect(help).toHaveTextContent('Guests see nothing of it.');
  expect(
    within(help)
      .getAllByRole('link')
      .map((link) => link.getAttribute('href')),
  ).toEqual([
    '/api-keys',
    '/api-introduction',
    '/status-codes',
    '/errors',
    '/check-payload',
    '/back-off',
    '/troubleshooting',
    '/plan',
    '/docs',
  ]);
});

describe('live', () => {
  const cameNow = (number: number) => aRecord(number, { path: `/v1/new/${number}`, startedAt: '2025-12-02T10:31:00.000Z' });
  it('puts what comes on top, once; while a request is open it waits and is counted', async () => {
    const { provider, rows, user } = await story();
    expect(provider.followers.size).toBe(0);
    await user.click(screen.getByRole('button', { name: 'Live' }));
    await waitFor(() => expect(provider.followers.size).toBe(1));
    expect(provider.asked.filter((line) => line.startsWith('follow'))).toEqual([expect.stringContaining('"actorType":"!user"')]);
    const before = rows().length;
    const tell = (record: ReturnType<typeof aRecord>) => provider.followers.forEach((follower) => follower.record(record));
    tell(cameNow(50));
    tell(aRecord(1)); // in the list already
    await waitFor(() => expect(rows()[0]).toHaveTextContent('/v1/new/50'));
    expect(rows()).toHaveLength(before + 1);

    await user.click(rows()[1]!);
    tell(cameNow(51));
    await screen.findByRole('button', { name: 'Live · 1 new' });
    expect(rows()[0]).toHaveTextContent('/v1/new/50');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(rows()[0]).toHaveTextContent('/v1/new/51'));

    // More than is kept waits: the list is read again.
    await user.click(rows()[1]!);
    for (let number = 100; number < 700; number++) tell(cameNow(number));
    await screen.findByRole('button', { name: 'Live · 600 new' });
    const reads = () => provider.asked.filter((line) => line.startsWith('list audit-logs')).length;
    const readBefore = reads();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(reads()).toBe(readBefore + 1));

    await user.click(screen.getByRole('button', { name: 'Live' }));
    await waitFor(() => expect(provider.followers.size).toBe(0));
  });
});
