/** That the comparison would see an alert that is lost, or told under two ids. */
import { checkTold, type Alert, type Arrival, type Told } from './told.mjs';

/** As the product writes ids, and what stands in the database for it. */
const ids = (prefix: string, last: string): [string, string] => [
  `${prefix}_0000000000000000000000000${last}`,
  `00000000-0000-0000-0000-00000000000${last}`,
];
const [channelId, channel] = ids('chn', '1');
const [alertId, alert] = ids('alr', '2');
const [otherId, other] = ids('alr', '3');
const [id, notification] = ids('ntf', '4');
const [nextId, next] = ids('ntf', '5');

const opened = (one: string, group: string, more: Partial<Alert> = {}): Alert => ({
  ...{ id: one, rule: 'rule', group, state: 'open', toldAt: new Date(0), toldChannels: [channel], due: false },
  ...more,
});
const body = (one = alertId, type = 'alert.opened', title = ''): string => JSON.stringify({ type, data: { id: one, title } });
const arrived = (more: Partial<Arrival> = {}): Arrival => ({ channel, id, body: body(), problem: null, answer: 200, ...more });
const queued = (one = notification, more = {}) => ({ id: one, channel, event: 'alert.opened', alert, state: 'delivered', ...more });
/** Two alerts, told in one message, which came twice. */
const whole: Told = {
  alerts: [opened(alert, '198.18.0.1'), opened(other, '198.18.0.2')],
  events: [
    { alert, kind: 'told', data: { channelIds: [channelId] } },
    { alert: other, kind: 'told', data: { togetherWith: alertId } },
  ],
  notifications: [queued()],
  arrivals: [arrived({ answer: 500 }), arrived()],
  calls: [
    { group: '198.18.0.1', calls: 8 },
    { group: '198.18.0.2', calls: 4 },
    { group: '198.18.0.3', calls: 3 },
  ],
  ...{ rules: ['rule'], threshold: 4, living: [channel] },
};
const found = (seen: Partial<Told>): string[] => [...new Set(checkTold({ ...whole, ...seen }).findings.map(({ rule }) => rule))].sort();

it('what was told once, and came twice under one id, is in order', () => {
  expect(checkTold(whole)).toEqual({ findings: [], expected: 1 });
});

it.each<[string, string[], Partial<Told>]>([
  ['a group without its alert', ['lost'], { calls: [...whole.calls, { group: '198.18.0.4', calls: 4 }] }],
  ['a second alert of a group', ['doubled'], { alerts: [...whole.alerts, opened(id, '198.18.0.1', { state: 'resolved', toldAt: null })] }],
  ['an alert of too few calls', ['invented'], { calls: whole.calls.slice(0, 1) }],
  ['an alert that nobody was told of', ['untold'], { alerts: [...whole.alerts, opened(id, '198.18.0.4', { toldAt: null })], calls: [...whole.calls, { group: '198.18.0.4', calls: 4 }] }], // prettier-ignore
  ['an alert that is still due', ['untold'], { alerts: [opened(alert, '198.18.0.1', { due: true }), opened(other, '198.18.0.2')] }],
  ['an alert told together with one that was not', ['untold'], { events: [whole.events[0]!, { alert: other, kind: 'told', data: { togetherWith: otherId } }] }], // prettier-ignore
  ['an event that never came', ['lost'], { arrivals: [] }],
  ['an event that was never queued', ['lost'], { notifications: [], arrivals: [] }],
  ['an event that counts as delivered, and was refused', ['lost'], { arrivals: [arrived({ answer: 500 })] }],
  ['an event that was given up', ['lost'], { notifications: [queued(notification, { state: 'failed' })] }],
  ['an id of nothing', ['doubled', 'invented'], { arrivals: [arrived(), arrived({ id: nextId })] }],
  ['an event under two ids', ['doubled'], { notifications: [queued(), queued(next)], arrivals: [arrived(), arrived({ id: nextId })] }],
  ['an id of two events', ['contradicted', 'invented'], { arrivals: [arrived(), arrived({ body: body(alertId, 'alert.resolved') })] }],
  ['an id with two bodies', ['contradicted'], { arrivals: [arrived(), arrived({ body: body(alertId, 'alert.opened', 'grown') })] }],
  ['a signature of somebody else', ['unsigned'], { arrivals: [arrived({ problem: 'No matching signature found' })] }],
  ['an alert that was resolved, of which nobody heard', ['lost'], { events: [...whole.events, { alert, kind: 'resolved', data: {} }] }],
])('%s is found', (_, rules, seen) => expect(found(seen)).toEqual(rules));
