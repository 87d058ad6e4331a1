import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpError } from 'react-admin';
import { aKey, type StatsOf } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';
import { courseLabels } from './course-labels';
import { periodOf } from './dashboard-range';
import { courseOf } from './traffic-course';

const key = aKey(1, { name: 'Production API' });
const { from, to } = periodOf('24h', new Date());
const hourAgo = new Date(Date.parse(to) - 2 * 3_600_000).toISOString();
const whole = { requests: 1_204, errors: 19, clientErrors: 17, serverErrors: 2, p50Ms: 12.4, p95Ms: 48, p99Ms: 10_000 };
const someStats = (): StatsOf[] => [
  { groupBy: '', interval: '', data: [{ from, ...whole }] },
  { groupBy: '', interval: 'hour', data: [{ from: hourAgo, ...whole }] },
  {
    groupBy: 'endpoint',
    interval: '',
    data: [
      { group: 'GET /v1/invoices', requests: 1_000, p95Ms: 20 },
      { group: 'POST /v1/invoices/{id}/pay', requests: 4, errors: 1, p95Ms: 800 },
      { group: null, requests: 200 },
    ],
  },
  { groupBy: 'apiKeyId', interval: '', data: [{ group: key.id, label: 'Production API', requests: 900 }] },
  { groupBy: 'ip', interval: '', data: ['192.0.2.7', '203.0.113.9'].map((group) => ({ group, requests: 5 })) },
  { groupBy: 'ip before', interval: '', data: [{ group: '192.0.2.7', requests: 50 }] },
];

async function story({ stats = someStats(), at = '/' }: { stats?: StatsOf[]; at?: string } = {}) {
  const provider = memoryDataProvider({ 'api-keys': [{ ...key }], 'audit-logs': [], stats: stats as never });
  let url = '';
  render(<StoryApp at={at} provider={provider} onLocation={(now) => (url = now)} />);
  await screen.findByRole('heading', { name: 'Dashboard' });
  return { user: userEvent.setup({ delay: null }), provider, url: () => url };
}
const target = (link: HTMLElement) => new URL(link.getAttribute('href')!.replace('#', ''), 'http://x').searchParams;

it('tells of the whole period, and each number leads to its rows', async () => {
  await story();
  const requests = await screen.findByRole('link', { name: 'Requests 1,204' });
  expect([target(requests).get('from'), target(requests).get('to')]).toEqual([from, to]);
  expect(target(screen.getByRole('link', { name: '4xx 1.4 %' })).get('status')).toBe('4xx');
  expect(screen.getByRole('link', { name: '95 % within 48 ms' })).toBeVisible();
  // The last step of the histogram has no end.
  expect(screen.getByRole('link', { name: '99 % within 10 s or more' })).toBeVisible();
});

it('has a table behind each chart, whose numbers lead to the rows of their hour', async () => {
  const { user } = await story();
  await user.click(await screen.findByText('Errors in numbers, by the hour'));
  const table = screen.getByRole('table', { name: 'Errors in numbers' });
  const cells = within(table).getAllByRole('row')[1]!;
  const link = target(within(cells).getByRole('link', { name: '17' }));
  expect([link.get('from'), link.get('to'), link.get('status')]).toEqual([
    hourAgo,
    new Date(Date.parse(hourAgo) + 3_600_000).toISOString(),
    '4xx',
  ]);
});

it('names the slowest endpoints first, and only addresses that were not there before', async () => {
  await story();
  const slowest = await screen.findByRole('table', { name: 'Slowest endpoints' });
  const lines = within(slowest).getAllByRole('row').slice(1);
  expect(lines.map((line) => line.textContent)).toEqual([
    expect.stringContaining('/v1/invoices/{id}/pay425 %800 ms'),
    expect.stringContaining('/v1/invoices1,0000 %20 ms'),
  ]);
  const link = target(within(lines[0]!).getByRole('link'));
  expect([link.get('method'), link.get('route')]).toEqual(['POST', '/v1/invoices/{id}/pay']);
  const addresses = await screen.findByRole('table', { name: 'New addresses' });
  expect(
    within(addresses)
      .getAllByRole('link')
      .map((link) => link.getAttribute('aria-label') ?? link.textContent),
  ).toEqual(['203.0.113.9', 'About 203.0.113.9']);
  expect(
    target(within(screen.getByRole('table', { name: 'Busiest keys' })).getByRole('link', { name: 'Production API' })).get('apiKeyId'),
  ).toBe(key.id);
});

it('says how far back it looked for an address, where that is less than it should be', async () => {
  const stats = someStats().map((one) => (one.groupBy === 'ip before' ? { ...one, countedFrom: hourAgo } : one));
  await story({ stats });
  expect(await screen.findByText(/Not seen since/)).toHaveTextContent('what came before could not be looked through');
});

it('keeps the period in the URL', async () => {
  const { user, url } = await story();
  await user.click(screen.getByRole('button', { name: '30 days' }));
  await waitFor(() => expect(url()).toBe('/?range=30d'));
  expect(screen.getByRole('button', { name: '30 days' })).toHaveAttribute('aria-pressed', 'true');
});

it('says what to do when nothing came in, and when the figures cannot be read', async () => {
  const { provider } = await story({ stats: [] });
  expect(await screen.findByText(/No program has called the API in this period/)).toBeVisible();
  expect(screen.getByText(/was refused in this period, and none failed/)).toBeVisible();
  provider.logStats = () =>
    Promise.reject(new HttpError('The database cannot be reached', 503, { title: 'The database cannot be reached', status: 503 }));
  await userEvent.click(screen.getByRole('button', { name: '7 days' }));
  expect((await screen.findAllByText('The database cannot be reached')).length).toBeGreaterThan(0);
});

describe('the course of a period', () => {
  it('has every interval, also those without a request, and ends with the one that goes on', () => {
    const period = periodOf('1h', new Date('2025-12-02T10:30:15.123Z'));
    expect(period).toMatchObject({ from: '2025-12-02T09:31:00.000Z', to: '2025-12-02T10:31:00.000Z', interval: 'minute' });
    const course = courseOf(period, [{ ...whole, from: '2025-12-02T10:30:00.000Z', group: null, label: null, bytesOut: 0 }]);
    expect(course).toHaveLength(60);
    expect(course.at(-1)).toMatchObject({ succeeded: 1_185, clientErrors: 17, serverErrors: 2, to: period.to });
    expect(course[0]).toMatchObject({ requests: 0, p95Ms: null, from: period.from });
  });

  it('is labelled in the zone that the reader has chosen; days are those of UTC', () => {
    const midnight = new Date('2025-12-01T18:30:00.000Z'); // in India
    const hours = courseLabels('hour', { days: 7, zone: 'Asia/Kolkata' });
    expect([hours.whole(midnight), hours.tick(midnight), hours.beginsDay(midnight)]).toEqual(['Dec 2, 00:00', 'Dec 2', true]);
    expect(hours.beginsDay(new Date('2025-12-01T00:00:00.000Z'))).toBe(false);
    expect(courseLabels('minute', { days: 1 / 24, zone: 'Asia/Kolkata' }).tick(midnight)).toBe('00:00');
    expect(courseLabels('day', { days: 30, zone: 'Asia/Kolkata' }).whole(midnight)).toBe('Dec 1');
  });
});
