import { weekdays, type QuietHours } from '@pinebill/contract';
import { parseLogFilter } from '@pinebill/contract';
import { firingTitle } from './alert-title';
import { logPath, rowsFilter, windowOf } from './group-filter';
import { isTimeZone, quietUntil } from './quiet-hours';

const nights: QuietHours = { weekdays, from: '22:00', to: '07:00', timeZone: 'Europe/Berlin', criticalPasses: true };
const until = (hours: QuietHours, at: string, severity: 'high' | 'critical' = 'high') =>
  quietUntil(hours, severity, new Date(at))?.toISOString() ?? null;

it.each([
  ['in the evening', nights, '2026-12-01T21:30:00Z', '2026-12-02T06:00:00.000Z'],
  ['after midnight, in the night that began before', nights, '2026-12-01T01:30:20Z', '2026-12-01T06:00:00.000Z'],
  ['during the day', nights, '2026-12-01T12:00:00Z', null],
  ['at its end', nights, '2026-12-01T06:00:00Z', null],
  ['on a night that no day of it begins', { ...nights, weekdays: ['saturday' as const] }, '2026-12-01T01:30:00Z', null], // a Tuesday
  [
    'on Sunday morning, from Saturday on',
    { ...nights, weekdays: ['saturday' as const] },
    '2026-12-06T03:00:00Z',
    '2026-12-06T06:00:00.000Z',
  ],
  ['all of a weekend, in one', { ...nights, weekdays: ['saturday' as const, 'sunday' as const], from: '00:00', to: '00:00' }, '2026-12-05T10:00:00Z', '2026-12-06T23:00:00.000Z'], // prettier-ignore
  // The night of 25 October 2026 has an hour more.
  ['while clocks are set back', nights, '2026-10-24T21:00:00Z', '2026-10-25T06:00:00.000Z'],
  ['in another zone', { ...nights, timeZone: 'America/New_York' }, '2026-12-01T04:00:00Z', '2026-12-01T12:00:00.000Z'],
])('is quiet %s until it is over', (_, hours, at, end) => {
  expect(until(hours, at)).toBe(end);
});

it('lets what is critical pass, when it may', () => {
  expect(until(nights, '2026-12-01T23:00:00Z', 'critical')).toBeNull();
  expect(until({ ...nights, criticalPasses: false }, '2026-12-01T23:00:00Z', 'critical')).not.toBeNull();
  expect([isTimeZone('Europe/Berlin'), isTimeZone('Mars/Olympus')]).toEqual([true, false]);
});

it('shows the rows of a group by a filter that the log takes', () => {
  const { from, to } = windowOf(Date.UTC(2026, 11, 1, 10, 4) / 60_000, 5);
  expect([from.toISOString(), to.toISOString()]).toEqual(['2026-12-01T10:00:00.000Z', '2026-12-01T10:05:00.000Z']);
  const filter = rowsFilter({ filter: { status: ['4xx', '!404'] }, groupBy: 'status' }, { group: '401', from, to });
  expect(filter).toEqual({ status: '401', from: from.toISOString(), to: to.toISOString() });
  const odd = rowsFilter({ filter: {}, groupBy: 'route' }, { group: '/v1/a,b/*', from, to });
  expect(parseLogFilter(odd).filter?.conditions).toEqual([
    { field: 'route', negated: false, anyOf: [{ kind: 'exact', value: '/v1/a,b/*' }] },
  ]);
  expect(rowsFilter({ filter: {}, groupBy: 'apiKeyId' }, { group: '01930000-0000-7000-8000-0000000000a1', from, to })).toMatchObject({ apiKeyId: expect.stringMatching(/^key_/) }); // prettier-ignore
  expect(logPath({ status: '401', ip: '2001:db8::1' })).toBe('/#/audit-logs?actorType=any&status=401&ip=2001%3Adb8%3A%3A1');
  expect(firingTitle('Refused keys', { count: 42, windowMinutes: 60, groupBy: 'ip', label: '192.0.2.7' })).toBe(
    'Refused keys: 42 calls from 192.0.2.7 within 1 hour',
  );
});
