/** What a spec asks of alert rules and alerts, the calls that they count, and rules and logs made up at random. */
import type { Finding } from '@pinebill/detection';
import type { AuditRecord } from '@pinebill/nestjs-audit';
import fc from 'fast-check';
import { newId, typeId } from '../platform/ids';
import { aRecord } from './records';
import { people, type TestApp } from './test-app';

export type Body = Record<string, unknown>;

const MINUTE = 60_000;
const instant = (at: number): string => new Date(at).toISOString();

export function alertCalls(app: () => TestApp, now: () => number) {
  const send = (method: string, path: string, body?: Body, as: 'admin' | 'member' = 'admin') =>
    app().call(path, { as, method, ...(body && { body }) });
  const get = async (path: string) => (await app().call(path, { as: 'admin' })).json;
  return {
    send,
    get,
    async aRule(body: Body): Promise<{ id: string }> {
      const rule = { name: `Rule ${newId()}`, kind: 'filter', filter: { path: '/odd*' }, threshold: 3, ...body };
      const { status, json } = await send('POST', '/v1/alert-rules', rule);
      if (status !== 201) throw new Error(JSON.stringify(json));
      return json;
    },
    backTest: async (id: string, from: number, to = now()) =>
      (await send('POST', `/v1/alert-rules/${id}/backtest`, { from: instant(from), to: instant(to + MINUTE) })).json,
    alertsOf: async (ruleId: string) => (await get(`/v1/alerts?ruleId=${ruleId}&order=asc&limit=200`)).data,
    healthOf: async (id: string) => (await get(`/v1/alert-rules/${id}`)).health,
    aChannel: async (name: string): Promise<{ id: string }> =>
      (await send('POST', '/v1/channels', { name, kind: 'mail', recipients: [typeId('usr', people.member.id)] })).json,
  };
}

export const call = (at: number, fields: Partial<AuditRecord> = {}) =>
  aRecord({ startedAt: instant(at), path: '/odd', route: '/odd', ip: '192.0.2.7', ...fields });

export const aFinding = (at: number, fields: Partial<Finding>): Finding => ({
  ...{ detector: 'unauthorizedBurst', subject: { kind: 'address', id: '192.0.2.7' }, episode: '1', severity: 'low', from: at, to: at + MINUTE },
  ...{ count: 20, seen: { requests: 20 }, normal: { requests: 1 }, threshold: {}, samples: [], filter: { ip: '192.0.2.7' }, isOver: false },
  ...{ lesson: { what: '*', upTo: null }, ...fields },
}); // prettier-ignore

export const someCall = fc.record({
  minute: fc.nat(50),
  ip: fc.constantFrom('192.0.2.7', '192.0.2.8', null),
  key: fc.constantFrom(0, 1, null),
  status: fc.constantFrom(401, 404, 200),
  route: fc.constantFrom('/odd', '/odd/{id}', null),
  country: fc.constantFrom('DE', null),
  userAgent: fc.constantFrom('curl/8', 'Acme'),
});
export const someRule = fc.record({
  // Of the sums of the log, and of its rows.
  filter: fc.constantFrom<Body>({ status: '4xx' }, { path: '/odd*' }, { userAgent: 'curl', status: '!200' }, { ip: '192.0.2.0/24' }),
  groupBy: fc.constantFrom('none', 'apiKeyId', 'ip', 'route', 'status', 'country'),
  threshold: fc.integer({ min: 1, max: 5 }),
  windowMinutes: fc.integer({ min: 1, max: 15 }),
  coolDownMinutes: fc.nat(20),
});

/** What the API refuses of a rule about calls, and what it points at. */
export const wrongRules: readonly [Body, string][] = [
  [{ filter: { status: '4yy' } }, '/filter/status'],
  [{ filter: { from: '2026-01-01T00:00:00Z' } }, '/filter'],
  [{ threshold: 0 }, '/threshold'],
  [{ windowMinutes: 1_441 }, '/windowMinutes'],
  [{ groupBy: 'colour' }, '/groupBy'],
  [{ detectors: ['silence'] }, '/detectors'],
  [{ channelIds: ['nowhere'] }, '/channelIds'],
  [{ quietHours: { weekdays: ['monday'], from: '22:00', to: '07:00', timeZone: 'Mars/Olympus' } }, '/quietHours/timeZone'],
  [{ escalation: { afterMinutes: 5, mailAdmins: false } }, '/escalation'],
  [{ kind: 'detector' }, '/filter'],
  ...[
    { kind: 'address', value: '192.0.2.0/24' },
    { kind: 'network', value: '10.0.0.0/8' },
    { kind: 'keyFingerprint', value: 'xyz' },
    { kind: 'key', value: typeId('key', newId()) },
    { kind: 'person', value: 'Ada' },
  ].map((subject): [Body, string] => [
    { kind: 'detector', filter: undefined, threshold: undefined, subjects: [subject] },
    '/subjects/0/value',
  ]),
];
