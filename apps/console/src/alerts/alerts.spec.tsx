import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Role } from '@pinebill/contract';
import { HttpError } from 'react-admin';
import type { AlertDetail, AlertRule, BackTest } from '../api-types';
import { aRecord, typeId } from '../testing/builders';
import { memoryDataProvider, type MemoryProvider, type Records } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';
import { watchText } from './alert-words';
import { hasTrouble } from './RuleTrouble';
import { bodyOf, formOf, missing, newRule } from './rule-form';

const at = '2025-12-02T10:30:00.000Z';
const away = (): never => {
  throw new HttpError('Service Unavailable', 503, { title: 'The database cannot be reached', status: 503, code: 'database_unavailable' });
};
const anAlert = (over: Partial<AlertDetail> = {}): AlertDetail => ({
  ...{ id: typeId('alr', 1), state: 'open', severity: 'high', title: 'Refused keys: 42 calls from 192.0.2.7 within 5 minutes' },
  ...{ rule: { id: typeId('rul', 1), name: 'Refused keys', version: 1, deleted: false }, group: { by: 'ip', value: '192.0.2.7', label: '192.0.2.7' } },
  ...{ finding: null, count: 42, threshold: 20, windowFrom: '2025-12-02T10:25:00.000Z', windowTo: at, samples: [typeId('log', 1)] },
  ...{ filter: { status: '401', ip: '192.0.2.7', from: '2025-12-02T10:25:00.000Z', to: at }, openedAt: at, tellAt: null, escalateAt: null, escalatedAt: null },
  ...{ assignee: null, acknowledgedAt: null, acknowledgedBy: null, resolvedAt: null, resolvedBy: null, resolution: null, incidentId: null },
  ...{ events: [{ at, kind: 'opened', by: { id: null, name: 'alerts' }, data: {} }], ...over },
}); // prettier-ignore
const health: AlertRule['health'] = { failingSince: null, lastError: null, missedCalls: 0, missedAt: null, heldBack: 0, heldBackAt: null };
const aRule = (over: Partial<AlertRule> = {}): AlertRule => ({
  ...{ id: typeId('rul', 1), version: 1, kind: 'filter', name: 'Refused keys', severity: 'high', enabled: true, filter: { status: '401', actorType: '!user' } },
  ...{ threshold: 20, windowMinutes: 5, groupBy: 'ip', detectors: null, leastSeverity: null, subjects: null, coolDownMinutes: 60, quietHours: null, channelIds: [] },
  ...{ escalation: null, createdAt: at, createdBy: { id: typeId('usr', 1), name: 'Ada' }, changedAt: at, changedBy: 'Ada', openAlerts: 1, lastFiredAt: at, health, ...over },
}); // prettier-ignore
const aTest = (over: Partial<BackTest> = {}): BackTest => ({
  ...{ from: '2025-11-02T10:30:00.000Z', to: at, limitedBy: null, fired: 4, quiet: 1, groups: 2, interval: 'day' },
  series: [{ from: '2025-12-01T00:00:00.000Z', calls: 310, fired: 4 }],
  data: [{ at, windowFrom: '2025-12-02T10:25:00.000Z', windowTo: at, group: { by: 'ip', value: '192.0.2.7', label: '192.0.2.7' }, count: 42, quiet: true, filter: { status: '401', ip: '192.0.2.7', from: '2025-12-02T10:25:00.000Z', to: at }, findingId: null }], // prettier-ignore
  ...over,
});

function story(path: string, records: Records = {}, role: Role = 'admin', failing: Record<string, () => never> = {}) {
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
    getOne: (resource: string, asked: { id: string }) =>
      failing[resource] ? Promise.resolve().then(failing[resource]) : memory.getOne(resource, asked),
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

describe('an alert', () => {
  it('says who was told and who was not, and what a finding saw in the words of its page', async () => {
    const told = {
      at,
      kind: 'told' as const,
      by: { id: null, name: 'alerts' },
      data: { channels: ['On call', 'Slack'], off: ['Old pager'] },
    };
    const more = { at, kind: 'escalated' as const, by: { id: null, name: 'alerts' }, data: { togetherWith: typeId('alr', 2) } };
    const finding = { id: typeId('fnd', 1), detector: 'unauthorizedBurst', subject: { kind: 'address' }, seen: { refusedShare: 0.8 }, normal: {} }; // prettier-ignore
    story(`/alerts/${typeId('alr', 1)}`, { alerts: [{ ...anAlert({ finding, threshold: null, events: [told, more] }) }] });
    const history = await screen.findByRole('list', { name: 'What has happened' }, patiently);
    expect(history).toHaveTextContent('Told: On call, Slack');
    expect(history).toHaveTextContent('Switched off: Old pager');
    expect(within(history).getByRole('link', { name: 'another one' })).toHaveAttribute(
      'href',
      expect.stringContaining(`/alerts/${typeId('alr', 2)}`),
    );
    expect(screen.getByText('Refused share: 80 %')).toBeInTheDocument();
  });

  it('tells an outage from rows that are gone, and keeps what is shown when asking again fails', async () => {
    const { provider, user } = story(`/alerts/${typeId('alr', 1)}`, {}, 'admin', { 'audit-logs': away });
    expect(await screen.findByText('The database cannot be reached', {}, patiently)).toBeInTheDocument();
    expect(screen.queryByText(/older than the plan keeps/)).toBeNull();
    provider.getOne = () => Promise.reject(new HttpError('x', 503, { title: 'Away again', status: 503 }));
    await user.click(screen.getByRole('button', { name: 'Acknowledge' }));
    expect(await screen.findByText('Away again')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Resolve…' }));
    expect(await screen.findByLabelText('What was it?')).toBeInTheDocument();
  });
});

describe('the inbox', () => {
  it('stays where it was when a row leaves, and says when the plan has no alerts', async () => {
    const alerts = [1, 2, 3].map((number) => ({ ...anAlert({ id: typeId('alr', number), title: `Alert ${number}` }) }));
    const { sent, user, provider } = story('/alerts?view=open', { alerts, plan: [{ id: 'plan', plan: 'starter', alerts: false }] });
    await screen.findByRole('row', { name: /Alert 2/ }, patiently);
    expect(await screen.findByText('Alerts are in the enterprise plan')).toBeInTheDocument();
    await user.keyboard('jja');
    await waitFor(() => expect(sent).toHaveLength(1));
    provider.records['alerts']!.splice(1, 1);
    await user.click(screen.getByRole('button', { name: 'All' }));
    await waitFor(() => expect(screen.queryByRole('row', { name: /Alert 2/ })).toBeNull());
    await user.keyboard('a');
    await waitFor(() => expect(sent.at(-1)).toContain(`/alerts/${typeId('alr', 3)}/acknowledge`));
  });
});

describe('rules', () => {
  it('about findings are edited with whom they are about; one that somebody else has changed is not saved over', async () => {
    const rule = aRule({ kind: 'detector', filter: null, threshold: null, groupBy: null, windowMinutes: null, leastSeverity: 'high', subjects: [{ kind: 'network', value: '192.0.2.0/24' }] }); // prettier-ignore
    const { sent, user, provider } = story(`/alert-rules/${rule.id}`, { 'alert-rules': [{ ...rule }], 'api-keys': [{ id: typeId('key', 1), name: 'Billing' }] }); // prettier-ignore
    expect(await screen.findByLabelText(/^Network/, {}, patiently)).toHaveValue('192.0.2.0/24');
    await user.click(screen.getByRole('button', { name: 'Or about…' }));
    await user.selectOptions(await screen.findByLabelText('API key'), typeId('key', 1));
    Object.assign(provider.records['alert-rules']![0]!, { version: 2, changedBy: 'Max' });
    act(() => void window.dispatchEvent(new Event('visibilitychange')));
    expect(await screen.findByText('Max has changed the rule meanwhile')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Save rule' }));
    const saved = await waitFor(() => sent.find((one) => one.startsWith('PATCH'))!);
    expect(JSON.parse(saved.replace(/^PATCH \S+ /, ''))).toMatchObject({ version: 1, subjects: [{ kind: 'network', value: '192.0.2.0/24' }, { kind: 'key', value: typeId('key', 1) }] }); // prettier-ignore
    expect(watchText(rule)).toBe('Any detector, about the network 192.0.2.0/24; severity high or more');
  });

  it('say what keeps them from firing, and to a member whom they tell and when they are quiet', async () => {
    const trouble = {
      ...health,
      failingSince: at,
      lastError: 'Counting took too long.',
      heldBack: 12,
      heldBackAt: at,
      missedCalls: 3,
      missedAt: new Date().toISOString(),
    };
    const quietHours = { weekdays: ['saturday' as const], from: '22:00', to: '07:00', timeZone: 'Europe/Berlin', criticalPasses: true };
    const rule = aRule({ health: trouble, quietHours, channelIds: [typeId('chn', 1)], escalation: { afterMinutes: 30, channelIds: [], mailAdmins: true } }); // prettier-ignore
    story(`/alert-rules/${rule.id}`, { 'alert-rules': [{ ...rule }] }, 'member');
    expect(await screen.findByText(/Counting took too long/, {}, patiently)).toBeInTheDocument();
    expect(screen.getByText(/It fired 12 more times at once/)).toBeInTheDocument();
    expect(screen.getByText('3 calls came more than a day late')).toBeInTheDocument();
    const missed = (days: number) => hasTrouble(aRule({ health: { ...health, missedCalls: 3, missedAt: new Date(Date.now() - days * 86_400_000).toISOString() } })); // prettier-ignore
    expect([missed(6), missed(8)]).toEqual([true, false]);
    expect(await screen.findByText('On call')).toBeInTheDocument();
    expect(screen.getByText(/^Saturday, 22:00 to 07:00, Europe\/Berlin/)).toBeInTheDocument();
    expect(screen.getByText(/to every admin by mail/)).toBeInTheDocument();
  });

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
