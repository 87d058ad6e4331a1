import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Role } from '@pinebill/contract';
import type { AlertDetail, AlertRule, BackTest } from '../api-types';
import { aRecord, typeId } from '../testing/builders';
import { memoryDataProvider, type MemoryProvider, type Records } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';
import { watchText } from './alert-words';
import { bodyOf, formOf, missing, newRule } from './rule-form';

const at = '2025-12-02T10:30:00.000Z';
const anAlert = (over: Partial<AlertDetail> = {}): AlertDetail => ({
  ...{ id: typeId('alr', 1), state: 'open', severity: 'high', title: 'Refused keys: 42 calls from 192.0.2.7 within 5 minutes' },
  ...{ rule: { id: typeId('rul', 1), name: 'Refused keys', version: 1, deleted: false }, group: { by: 'ip', value: '192.0.2.7', label: '192.0.2.7' } },
  ...{ finding: null, count: 42, threshold: 20, windowFrom: '2025-12-02T10:25:00.000Z', windowTo: at, samples: [typeId('log', 1)] },
  ...{ filter: { status: '401', ip: '192.0.2.7', from: '2025-12-02T10:25:00.000Z', to: at }, openedAt: at, tellAt: null, escalateAt: null, escalatedAt: null },
  ...{ assignee: null, acknowledgedAt: null, acknowledgedBy: null, resolvedAt: null, resolvedBy: null, resolution: null, incidentId: null },
  ...{ events: [{ at, kind: 'opened', by: { id: null, name: 'alerts' }, data: {} }], ...over },
}); // prettier-ignore
const aRule = (over: Partial<AlertRule> = {}): AlertRule => ({
  ...{ id: typeId('rul', 1), version: 1, kind: 'filter', name: 'Refused keys', severity: 'high', enabled: true, filter: { status: '401', actorType: '!user' } },
  ...{ threshold: 20, windowMinutes: 5, groupBy: 'ip', detectors: null, leastSeverity: null, subjects: null, coolDownMinutes: 60, quietHours: null, channelIds: [] },
  ...{ escalation: null, createdAt: at, createdBy: { id: typeId('usr', 1), name: 'Ada' }, changedAt: at, changedBy: 'Ada', openAlerts: 1, lastFiredAt: at, ...over },
}); // prettier-ignore
const aTest = (over: Partial<BackTest> = {}): BackTest => ({
  ...{ from: '2025-11-02T10:30:00.000Z', to: at, limitedBy: null, fired: 4, quiet: 1, groups: 2, interval: 'day' },
  series: [{ from: '2025-12-01T00:00:00.000Z', calls: 310, fired: 4 }],
  data: [{ at, windowFrom: '2025-12-02T10:25:00.000Z', windowTo: at, group: { by: 'ip', value: '192.0.2.7', label: '192.0.2.7' }, count: 42, quiet: true, filter: { status: '401', ip: '192.0.2.7', from: '2025-12-02T10:25:00.000Z', to: at }, findingId: null }], // prettier-ignore
  ...over,
});

function story(path: string, records: Records = {}, role: Role = 'admin') {
  const memory = memoryDataProvider({
    'alert-rules': [{ ...aRule() }],
    alerts: [{ ...anAlert() }],
    'audit-logs': [aRecord(1, { id: typeId('log', 1) })],
    ...records,
  });
  const sent: string[] = [];
  // Of the API, what these pages ask beside lists.
  const answers = (method: string, asked: string, body?: object): unknown => {
    if (method !== 'GET') sent.push(`${method} ${asked} ${JSON.stringify(body ?? null)}`);
    if (asked === '/alert-rules/backtest') return aTest((records['back-test']?.[0] ?? {}) as Partial<BackTest>);
    if (asked === '/alert-rules' && method === 'GET') return { data: memory.records['alert-rules'] };
    if (asked === '/channels') return { data: [{ id: typeId('chn', 1), name: 'On call' }] };
    if (asked.startsWith('/alert-rules')) return memory.records['alert-rules']?.[0];
    const change = asked.endsWith('/acknowledge') ? { state: 'acknowledged', acknowledgedBy: { id: typeId('usr', 1), name: 'Ada' } } : {};
    return Object.assign(memory.records['alerts']![0]!, change);
  };
  const provider = {
    ...memory,
    request: (...asked: Parameters<typeof answers>) => Promise.resolve(answers(...asked)),
  } as MemoryProvider; // as the API does
  let url = '';
  render(<StoryApp at={path} role={role} provider={provider} onLocation={(now) => (url = now)} />);
  return { provider, sent, url: () => url, user: userEvent.setup({ delay: null }) };
}

/** A page is loaded when it is first opened. */
const patiently = { timeout: 30_000 };

describe('alerts', () => {
  it('are worked through by keyboard: acknowledged, resolved with what it was, opened', async () => {
    const { sent, url, user } = story('/alerts');
    const row = await screen.findByRole('row', { name: /Refused keys: 42 calls/ }, patiently);
    expect(within(row).getAllByRole('cell').slice(1, 5).map(({ textContent }) => textContent.trim())).toEqual(['High', 'Open', '192.0.2.7', '42']); // prettier-ignore
    await user.keyboard('ja');
    await waitFor(() => expect(sent).toEqual([`POST /alerts/${typeId('alr', 1)}/acknowledge null`]));
    await screen.findByText('Acknowledged', { selector: 'td *' });
    await user.keyboard('r');
    await user.type(await screen.findByLabelText('What was it?'), 'A deploy');
    await user.click(screen.getByRole('button', { name: 'Resolve' }));
    await waitFor(() => expect(sent.at(-1)).toBe(`POST /alerts/${typeId('alr', 1)}/resolve {"resolution":"A deploy"}`));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.keyboard('{Enter}');
    expect(url()).toBe(`/alerts/${typeId('alr', 1)}`);
  });

  it('show what was seen, the rows behind it, and who did what; a member only reads', async () => {
    const { user } = story(`/alerts/${typeId('alr', 1)}`, {}, 'member');
    expect(await screen.findByText('20 calls within 5 minutes', {}, patiently)).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Show rows' })).toHaveAttribute('href', expect.stringContaining('ip=192.0.2.7'));
    expect(within(screen.getByRole('list', { name: 'What has happened' })).getByText(/opened it/)).toBeInTheDocument();
    for (const name of ['Acknowledge', 'Resolve…', 'Open incident']) expect(screen.queryByRole('button', { name })).toBeNull();
    await user.click(screen.getByRole('link', { name: 'Refused keys' }));
    expect(await screen.findByText('Watches')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Save rule' })).toBeNull();
  });
});

describe('rules', () => {
  it('are tried on the past while they are written, with the rows behind each time', async () => {
    const { sent, url, user } = story('/alert-rules/new?status=401');
    expect(await screen.findByText('It would have fired 4 times for 2 of them', {}, patiently)).toBeInTheDocument();
    expect(screen.getByText(/1 of them in quiet hours/)).toBeInTheDocument();
    const times = screen.getByRole('table', { name: 'When it would have fired' });
    expect(within(times).getByRole('link', { name: 'Show rows' })).toHaveAttribute(
      'href',
      expect.stringContaining('from=2025-12-02T10%3A25'),
    );
    await user.selectOptions(screen.getByLabelText('Counted for'), 'ip');
    await user.type(screen.getByLabelText(/^Name/), 'Refused');
    await user.click(screen.getByRole('checkbox', { name: 'On call' }));
    await user.click(screen.getByRole('button', { name: 'Create rule' }));
    const created = sent.find((one) => one.startsWith('POST /alert-rules {')) ?? '';
    expect(JSON.parse(created.replace('POST /alert-rules ', ''))).toMatchObject({ kind: 'filter', name: 'Refused', filter: { status: '401' }, groupBy: 'ip', threshold: 20, channelIds: [typeId('chn', 1)] }); // prettier-ignore
    await waitFor(() => expect(url()).toBe('/alert-rules'));
  });

  it('say what was really looked at', async () => {
    story('/alert-rules/new', { 'back-test': [{ id: 'x', fired: 0, quiet: 0, groups: 0, data: [], series: [], limitedBy: 'retention' }] });
    expect(await screen.findByText(/It would not have fired/, {}, patiently)).toBeInTheDocument();
    expect(screen.getByText(/The plan keeps no more/)).toBeInTheDocument();
  });

  it('go through the editor unchanged, and say what they lack', () => {
    const quietHours = { weekdays: ['monday' as const], from: '22:00', to: '07:00', timeZone: 'Europe/Berlin', criticalPasses: false };
    const rule = aRule({ quietHours, escalation: { afterMinutes: 30, channelIds: [typeId('chn', 1)], mailAdmins: true } });
    const { name, kind, severity, enabled, filter, threshold, windowMinutes, groupBy, coolDownMinutes, channelIds, escalation } = rule;
    expect(bodyOf(formOf(rule))).toEqual({ name, kind, severity, enabled, filter, threshold, windowMinutes, groupBy, coolDownMinutes, channelIds, quietHours, escalation }); // prettier-ignore
    expect(bodyOf(formOf(aRule({ filter: { status: '401' } }))).filter).toEqual({ status: '401' });
    expect([missing(newRule()), missing({ ...newRule(), threshold: 'many' })]).toEqual([null, expect.stringContaining('how many calls')]);
    expect(watchText(rule)).toBe('20 or more of status:401 actorType:!user within 5 minutes, each address by itself');
  });
});
