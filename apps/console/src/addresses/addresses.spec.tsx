import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { anAddress } from '../testing/reading-builders';
import { StoryApp } from '../testing/StoryApp';

const at = '2025-12-02T10:30:15.123Z';
const seen = anAddress({
  ...{ firstSeenAt: '2025-11-01T08:00:00.000Z', lastSeenAt: at, requests: 1_204, clientErrors: 15, p50Ms: 12.4, p99Ms: 10_000 },
  statuses: [{ status: 401, requests: 15, lastSeenAt: at }],
  callers: [
    { actorType: 'apiKey', apiKey: { id: 'key_1', name: 'Production API', masked: 'pbk_...x7f2' }, requests: 1_000, lastSeenAt: at },
    { actorType: 'anonymous', apiKey: null, requests: 204, lastSeenAt: at },
  ],
  neighbours: [
    { address: '203.0.113.7', requests: 1_204, errors: 15 },
    { address: '203.0.113.9', requests: 12, errors: 3 },
  ],
});

async function story(address: string, view = seen) {
  const provider = memoryDataProvider({ addresses: [{ id: 1, ...view }] });
  let url = '';
  render(<StoryApp at={`/audit-logs/addresses/${encodeURIComponent(address)}`} provider={provider} onLocation={(now) => (url = now)} />);
  await screen.findByRole('heading', { level: 1, name: address });
  return { provider, user: userEvent.setup({ delay: null }), asked: () => new URLSearchParams(url.split('?')[1]), url: () => url };
}

it('tells when an address called, with what and how that went; each figure leads to its requests', async () => {
  const { user, asked } = await story('203.0.113.7');
  expect(screen.getByRole('link', { name: '203.0.113.0/24' })).toHaveAttribute('href', '/audit-logs/addresses/203.0.113.0%2F24');
  const facts = screen.getAllByRole('term').map((term) => `${term.textContent} ${term.nextElementSibling?.textContent}`);
  expect(facts).toEqual(expect.arrayContaining(['Half within 12 ms', '99 % within 10 s or more', expect.stringMatching(/^Counted from /)]));
  const callers = screen.getByRole('table', { name: 'Keys and callers' });
  expect(within(callers).getByText('Without a key')).toBeVisible();
  await user.click(within(callers).getByRole('link', { name: /Production API/ }));
  expect(Object.fromEntries(asked())).toEqual({ apiKeyId: 'key_1', ip: '203.0.113.7', actorType: 'any', from: seen.from, to: seen.to });
});

it('leads to the neighbours, and from a network to the addresses in it', async () => {
  const { provider, url, user } = await story('203.0.113.0/24', { ...seen, address: null });
  expect(provider.asked).toContain('address 203.0.113.0/24');
  const table = screen.getByRole('table', { name: 'Addresses in it' });
  expect(within(table).getAllByRole('row')).toHaveLength(3);
  await user.click(within(table).getByRole('link', { name: '203.0.113.9' }));
  expect(url()).toBe('/audit-logs/addresses/203.0.113.9');
});

it('says so when nothing is known, and when not everything was looked through', async () => {
  await story('203.0.113.7', anAddress({ countedFrom: '2025-12-01T00:00:00.000Z' }));
  expect(screen.getByText('No request from here')).toBeVisible();
});

it('tells from when on the lists count, and that figures may lack some', async () => {
  await story('203.0.113.7', { ...seen, exact: false, countedFrom: '2025-12-01T00:00:00.000Z' });
  expect(screen.getByText(/the lists below count from/)).toBeVisible();
  expect(screen.getByText(/more addresses than are told apart/)).toBeVisible();
});
