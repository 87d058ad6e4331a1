/** Alerts over the booted product: what the runner fires is what the back-test says, however often it looks, and each alert is seen to. */
import { SchedulerRegistry } from '@nestjs/schedule';
import type { AuditRecord } from '@pinebill/nestjs-audit';
import type { Finding } from '@pinebill/detection';
import fc from 'fast-check';
import { Tenant } from '../database/tenant';
import { FindingKeeper } from '../detections/finding-keeper';
import { Clock } from '../platform/clock';
import { newId, parseId, typeId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { organizations, people, startTestApp, type TestApp } from '../testing/test-app';
import { ALERTS_LOOK } from './alerts.jobs';
import { RuleRunner } from './rule-runner.service';

const MINUTE = 60_000;
let t: TestApp;
/** What the product takes for now. */
let now = Date.UTC(2027, 0, 4, 6, 0); // a Monday
beforeAll(async () => {
  t = await startTestApp(__filename);
  t.app.get(SchedulerRegistry).deleteInterval(ALERTS_LOOK);
  t.app.get(Clock).now = () => new Date(now);
  for (const name of ['Key 1', 'Key 2'])
    keys.push(parseId('key', (await send('POST', '/v1/api-keys', { name, scopes: ['audit:read'] })).json.id) ?? '');
});
afterAll(() => t.close());
afterEach(() => t.sql('update alert_rule set enabled = false'));
beforeEach(() => t.sql(`update organization set plan = 'enterprise'`));

const keys: string[] = [];
const look = () => t.app.get(RuleRunner).run();
type Body = Record<string, unknown>;
const send = (method: string, path: string, body?: Body, as: 'admin' | 'member' = 'admin') =>
  t.call(path, { as, method, ...(body && { body }) });
const aRule = async (body: Body): Promise<{ id: string }> => {
  const { status, json } = await send('POST', '/v1/alert-rules', {
    name: `Rule ${newId()}`,
    kind: 'filter',
    filter: { path: '/odd*' },
    threshold: 3,
    ...body,
  });
  if (status !== 201) throw new Error(JSON.stringify(json));
  return json;
};
const backTest = async (id: string, from: number, to = now) =>
  (await send('POST', `/v1/alert-rules/${id}/backtest`, { from: new Date(from).toISOString(), to: new Date(to + MINUTE).toISOString() }))
    .json;
const alertsOf = async (ruleId: string) => (await t.call(`/v1/alerts?ruleId=${ruleId}&order=asc&limit=200`, { as: 'admin' })).json.data;
const call = (at: number, fields: Partial<AuditRecord> = {}) => aRecord({ startedAt: new Date(at).toISOString(), path: '/odd', route: '/odd', ip: '192.0.2.7', ...fields }); // prettier-ignore
/** Every rule of a test begins in a time of its own, with an empty log behind it. */
function later(minutes = 60): number {
  now = Math.floor(now / MINUTE) * MINUTE + minutes * MINUTE;
  return now;
}

const groupings = ['none', 'apiKeyId', 'ip', 'route', 'status', 'country'] as const;
const aCall = fc.record({
  minute: fc.nat(50),
  ip: fc.constantFrom('192.0.2.7', '192.0.2.8', null),
  key: fc.constantFrom(0, 1, null),
  status: fc.constantFrom(401, 404, 200),
  route: fc.constantFrom('/odd', '/odd/{id}', null),
  country: fc.constantFrom('DE', null),
  userAgent: fc.constantFrom('curl/8', 'Acme'),
});
const settings = fc.record({
  // Of the sums of the log, and of its rows.
  filter: fc.constantFrom<Body>({ status: '4xx' }, { path: '/odd*' }, { userAgent: 'curl', status: '!200' }, { ip: '192.0.2.0/24' }),
  groupBy: fc.constantFrom(...groupings),
  threshold: fc.integer({ min: 1, max: 5 }),
  windowMinutes: fc.integer({ min: 1, max: 15 }),
  coolDownMinutes: fc.nat(20),
});

it('fires live what a back-test over the same log fires, whenever it looks', async () => {
  const property = fc.asyncProperty(
    fc.array(settings, { minLength: 4, maxLength: 4 }),
    fc.array(aCall, { minLength: 20, maxLength: 120 }),
    fc.array(fc.nat(120), { minLength: 4, maxLength: 6 }),
    async (rules, calls, stops) => {
      // prettier-ignore
      const begin = later(100);
      const made = await Promise.all(rules.map((rule) => aRule(rule)));
      const inOrder = [...calls]
        .sort((a, b) => a.minute - b.minute)
        .map(({ minute, key, ...fields }, index) =>
          call(begin + minute * MINUTE + index, { ...fields, apiKeyId: key === null ? null : keys[key]! }),
        );
      const cuts = [...new Set([...stops, inOrder.length])].sort((a, b) => a - b);
      for (const [index, cut] of cuts.entries()) {
        const part = inOrder.slice(cuts[index - 1] ?? 0, cut);
        if (part.length === 0) continue;
        await storeRecords(t, part);
        now = Date.parse(part.at(-1)!.startedAt);
        await look();
      }
      now = begin + 51 * MINUTE;
      for (const { id } of made) {
        const [tested, alerts] = [await backTest(id, begin), await alertsOf(id)];
        const told = (of: { group: unknown; count: number; windowTo: string; filter: object }) => ({
          group: of.group,
          count: of.count,
          windowTo: of.windowTo,
          filter: Object.entries(of.filter).sort(),
        });
        const sorted = (list: object[]) => list.map((one) => JSON.stringify(one)).sort();
        expect(sorted(alerts.map(told))).toEqual(sorted(tested.data.map(told)));
        expect(tested).toMatchObject({ fired: alerts.length, limitedBy: null });
        for (const { filter, count } of tested.data.slice(0, 1)) {
          const query = new URLSearchParams(Object.entries(filter as Record<string, string>));
          expect((await t.call(`/v1/audit-logs/stats?${query.toString()}`, { as: 'admin' })).json.data[0].requests).toBe(count);
        }
      }
    },
  );
  await fc.assert(property, { numRuns: 2, endOnFailure: true });
}, 20_000);

it('fires what comes late, and nothing twice; a restart goes on from where it was', async () => {
  const begin = later();
  const { id } = await aRule({ windowMinutes: 5, coolDownMinutes: 10, groupBy: 'ip' });
  await storeRecords(
    t,
    [0, 1, 2].map((second) => call(begin + 20 * MINUTE + second)),
  );
  now = begin + 21 * MINUTE;
  await look();
  await look();
  expect((await alertsOf(id)).map(({ count }: { count: number }) => count)).toEqual([3]);
  // The minute goes on, and then the next ones: it is the same alert.
  for (const minutes of [20, 22]) {
    await storeRecords(t, [call(begin + minutes * MINUTE + 30_000)]);
    now = begin + (minutes + 1) * MINUTE;
    await look();
    expect((await alertsOf(id)).map(({ count }: { count: number }) => count)).toEqual([4]);
  }
  // Its process was cut off: these began before, and come now. Of one address they lie within its pause.
  await storeRecords(t, [
    call(begin + 2 * MINUTE),
    call(begin + 2 * MINUTE),
    call(begin + 3 * MINUTE),
    call(begin + 18 * MINUTE, { ip: '192.0.2.9' }),
  ]);
  await storeRecords(t, [
    call(begin + 18 * MINUTE, { ip: '192.0.2.9' }),
    call(begin + 19 * MINUTE, { ip: '192.0.2.9' }),
    call(begin + 17 * MINUTE),
  ]);
  await look();
  expect((await alertsOf(id)).map(({ group, windowTo }: { group: { value: string }; windowTo: string }) => [group.value, (Date.parse(windowTo) - begin) / MINUTE])).toEqual([['192.0.2.7', 21], ['192.0.2.7', 4], ['192.0.2.9', 20]]); // prettier-ignore
  // Stopped between counting and telling: nothing is kept by halves.
  await storeRecords(
    t,
    [0, 1, 2].map((second) => call(begin + 40 * MINUTE + second)),
  );
  now = begin + 41 * MINUTE;
  await t.sql(
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'stopped'; end $$; create trigger stop before insert on alert_event for each row execute function refuse()`,
  );
  await look();
  expect(await alertsOf(id)).toHaveLength(3);
  await t.sql('drop trigger stop on alert_event; drop function refuse');
  await look();
  expect(await alertsOf(id)).toHaveLength(4);
});

it('opens in quiet hours and is told afterwards; what nobody acknowledges is escalated once', async () => {
  now = Date.UTC(2027, 0, 4, 23, 30); // a Monday, half past midnight in Berlin
  const quietHours = { weekdays: ['monday'], from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
  const escalation = { afterMinutes: 30 };
  const [quiet, loud] = [
    await aRule({ quietHours, escalation, threshold: 1 }),
    await aRule({ escalation, threshold: 1, severity: 'critical', quietHours }),
  ];
  await storeRecords(t, [call(now)]);
  await look();
  const [[first], [second]] = [await alertsOf(quiet.id), await alertsOf(loud.id)];
  expect([first.tellAt, first.escalateAt, second.tellAt, second.escalateAt]).toEqual([
    '2027-01-05T06:00:00.000Z',
    null,
    null,
    '2027-01-05T00:00:00.000Z',
  ]);
  now = Date.UTC(2027, 0, 5, 6, 1);
  await look();
  await look();
  const mails = () => t.sql<{ subject: string }>(`select subject from mail_outbox where dedupe_key like 'alert.escalated:%'`);
  expect([(await alertsOf(quiet.id))[0].escalateAt, (await mails()).length]).toEqual(['2027-01-05T06:31:00.000Z', 1]);
  expect((await t.call(`/v1/alerts/${second.id}`, { as: 'admin' })).json.events.map(({ kind }: { kind: string }) => kind)).toEqual([
    'opened',
    'escalated',
  ]);
  await send('POST', `/v1/alerts/${first.id}/acknowledge`);
  now += 60 * MINUTE;
  await look();
  expect(await mails()).toHaveLength(1);
  expect(await backTest(quiet.id, Date.UTC(2027, 0, 4, 23, 0))).toMatchObject({ fired: 1, quiet: 1 });
});

it('is acknowledged, assigned, made an incident and resolved, each by somebody at some time', async () => {
  later();
  const { id } = await aRule({ threshold: 2, groupBy: 'apiKeyId', name: 'Odd calls' });
  await storeRecords(
    t,
    [0, 1].map((second) => call(now + second, { apiKeyId: keys[0]!, actorType: 'apiKey', actorId: keys[0]! })),
  );
  await look();
  const [alert] = await alertsOf(id);
  expect(alert).toMatchObject({
    state: 'open',
    title: 'Odd calls: 2 calls with the key Key 1 within 5 minutes',
    group: { by: 'apiKeyId', label: 'Key 1' },
  });
  const at = `/v1/alerts/${alert.id}`;
  const memberId = typeId('usr', people.member.id);
  expect((await send('POST', `${at}/acknowledge`, undefined, 'member')).status).toBe(403);
  expect((await send('POST', `${at}/assign`, { assigneeId: memberId })).json.assignee).toEqual({ id: memberId, name: 'A member' });
  expect((await send('POST', `${at}/assign`, { assigneeId: typeId('usr', people.guest.id) })).json.code).toBe('invalid_field');
  for (const [assigneeId, count] of [[memberId, 1], ['none', 0]] as const) expect((await t.call(`/v1/alerts?ruleId=${id}&assigneeId=${assigneeId}`, { as: 'member' })).json.data).toHaveLength(count); // prettier-ignore
  await send('POST', `${at}/acknowledge`);
  expect((await send('POST', `${at}/acknowledge`)).json).toMatchObject({ state: 'acknowledged', acknowledgedBy: { name: 'A admin' } });
  const { incidentId } = (await send('POST', `${at}/incident`)).json;
  const incident = (await t.call(`/v1/incidents/${incidentId}`, { as: 'admin' })).json;
  expect(incident).toMatchObject({ title: alert.title, severity: 'high', openedFrom: { kind: 'alert', references: [alert.id] } });
  expect(
    (await t.call(`/v1/audit-logs?incidentId=${incidentId}`, { as: 'admin' })).json.data.map((record: { id: string }) => record.id),
  ).toEqual(alert.samples);
  expect((await send('POST', `${at}/incident`)).json.code).toBe('illegal_transition');
  expect((await send('POST', `${at}/resolve`, { resolution: 'A deploy' })).json).toMatchObject({
    state: 'resolved',
    resolution: 'A deploy',
  });
  for (const what of ['acknowledge', 'resolve', 'assign']) expect((await send('POST', `${at}/${what}`, what === 'assign' ? { assigneeId: null } : {})).status).toBe(409); // prettier-ignore
  const { events } = (await t.call(at, { as: 'member' })).json;
  expect(events.map(({ kind, by }: { kind: string; by: { name: string } }) => [kind, by.name])).toEqual([['opened', 'alerts'], ['assigned', 'A admin'], ['acknowledged', 'A admin'], ['incidentOpened', 'A admin'], ['resolved', 'A admin']]); // prettier-ignore
  const actions = await t.sql<{ action: string }>(`select action from activity where target_id = $1 order by occurred_at, id`, [
    parseId('alr', alert.id),
  ]);
  expect(actions.map(({ action }) => action)).toEqual(['alert.assigned', 'alert.acknowledged', 'alert.incident_opened', 'alert.resolved']);
  await send('DELETE', `/v1/alert-rules/${id}`);
  expect((await t.call(at, { as: 'admin' })).json.rule).toMatchObject({ name: 'Odd calls', deleted: true });
});

it('makes one alert of a finding, tells its channels once, and a back-test finds it', async () => {
  later();
  const channel = (await send('POST', '/v1/channels', { name: 'On call', kind: 'mail', recipients: [typeId('usr', people.member.id)] }))
    .json;
  const about = { kind: 'detector', filter: undefined, threshold: undefined, detectors: ['unauthorizedBurst'], leastSeverity: 'medium', coolDownMinutes: 120, channelIds: [channel.id] }; // prettier-ignore
  const { id } = await aRule(about);
  const other = await aRule({ ...about, subjects: [{ kind: 'address', value: '192.0.2.9' }] });
  expect((await send('POST', '/v1/alert-rules', { name: 'x', kind: 'detector', channelIds: [typeId('chn', newId())] })).status).toBe(404);
  const found = (fields: Partial<Finding>): Finding => ({
    ...{
      detector: 'unauthorizedBurst',
      subject: { kind: 'address', id: '192.0.2.7' },
      episode: '1',
      severity: 'low',
      from: now,
      to: now + MINUTE,
    },
    ...{
      count: 20,
      seen: { requests: 20 },
      normal: { requests: 1 },
      threshold: {},
      samples: [],
      filter: { ip: '192.0.2.7' },
      isOver: false,
    },
    ...{ lesson: { what: '*', upTo: null }, ...fields },
  });
  const keep = (finding: Finding) => {
    const organizationId = organizations.home;
    return t.app.get(Tenant).run({ organizationId }, (tx) => t.app.get(FindingKeeper).keep(tx, organizationId, [finding], new Date(now)));
  };
  await keep(found({}));
  expect(await alertsOf(id)).toEqual([]);
  for (const count of [30, 40]) await keep(found({ severity: 'high', count }));
  // Within the cool-down, and about somebody else.
  await keep(found({ severity: 'high', episode: '2', from: now + 5 * MINUTE, to: now + 6 * MINUTE }));
  await keep(found({ severity: 'high', detector: 'idScanning' }));
  const [alert, ...others] = await alertsOf(id);
  expect([alert, others, await alertsOf(other.id)]).toMatchObject([{ count: 40, group: { by: null, label: '192.0.2.7' }, finding: { detector: 'unauthorizedBurst', normal: { requests: 1 } } }, [], []]); // prettier-ignore
  const told = await t.sql<{ event: string; title: string }>(`select event, data ->> 'title' as title from notification where channel_id = $1`, [parseId('chn', channel.id)]); // prettier-ignore
  expect(told).toEqual([{ event: 'alert.opened', title: alert.title }]);
  expect(await backTest(id, now - 60 * MINUTE)).toMatchObject({ fired: 1, data: [{ findingId: alert.finding.id, group: alert.group }] });
  // Beside another organization, who nobody is is for admins alone.
  expect((await t.call(`/v1/alerts/${alert.id}`, { as: 'member' })).status).toBe(404);
  expect((await t.call(`/v1/alerts?ruleId=${id}`, { as: 'member' })).json.data).toEqual([]);
});

it('counts anew from a change of what it counts, names the version, and keeps its place otherwise', async () => {
  later();
  const { id } = await aRule({ threshold: 3, coolDownMinutes: 0, windowMinutes: 5 });
  await storeRecords(t, [call(now), call(now)]);
  await look();
  expect((await send('PATCH', `/v1/alert-rules/${id}`, { severity: 'low' })).json).toMatchObject({
    version: 2,
    severity: 'low',
    threshold: 3,
  });
  await storeRecords(t, [call(now + MINUTE)]);
  now += MINUTE;
  await look();
  expect((await alertsOf(id)).map(({ rule, severity, count }: { rule: { version: number }; severity: string; count: number }) => [rule.version, severity, count])).toEqual([[2, 'low', 3]]); // prettier-ignore
  now += MINUTE;
  await send('PATCH', `/v1/alert-rules/${id}`, { threshold: 4 });
  await storeRecords(t, [call(now), call(now)]);
  await look();
  expect(await alertsOf(id)).toHaveLength(1);
  expect((await send('PATCH', `/v1/alert-rules/${id}`, { threshold: 4 })).json.version).toBe(3);
});

it('needs the plan for rules and back-tests; what there is stays readable, fires nothing and tells nobody', async () => {
  later();
  const rule = { name: 'Another', kind: 'filter', filter: { status: '401' }, threshold: 1 };
  const { id } = await aRule({ threshold: 1 });
  const asked: [string, string, Body?][] = [['POST', '/v1/alert-rules', rule], ['PATCH', `/v1/alert-rules/${id}`, { enabled: true }], ['POST', '/v1/alert-rules/backtest', { rule }], ['POST', `/v1/alert-rules/${id}/backtest`, {}]]; // prettier-ignore
  for (const plan of ['starter', 'business', 'enterprise']) {
    await t.sql('update organization set plan = $1', [plan]);
    for (const [method, path, body] of asked) {
      const { status, json } = await send(method, path, body);
      expect([plan, path, plan === 'enterprise' ? status < 300 : json.code]).toEqual([
        plan,
        path,
        plan === 'enterprise' ? true : 'plan_required',
      ]);
    }
    expect((await t.call(`/v1/alert-rules/${id}`, { as: 'member' })).status).toBe(200);
    if (plan === 'business') {
      await storeRecords(t, [call(now)]);
      await look();
      expect(await alertsOf(id)).toHaveLength(0);
    }
  }
  await look();
  expect(await alertsOf(id)).toHaveLength(1);
});

it('says what it really looked at: what the plan keeps', async () => {
  later();
  await t.sql(`update organization set plan = 'enterprise'`);
  const rule = { name: 'Draft', kind: 'filter', filter: { status: '200' }, threshold: 2, windowMinutes: 1_440, groupBy: 'ip' };
  const { json } = await send('POST', '/v1/alert-rules/backtest', { rule, from: '2020-01-01T00:00:00Z' });
  expect([json.limitedBy, json.from, json.interval]).toEqual([
    'retention',
    new Date(Math.ceil(now / MINUTE) * MINUTE - 400 * 1_440 * MINUTE).toISOString(),
    'day',
  ]);
  const usual = (await send('POST', '/v1/alert-rules/backtest', { rule })).json;
  expect([usual.limitedBy, Date.parse(usual.to) - Date.parse(usual.from)]).toEqual([null, 30 * 1_440 * MINUTE]);
});

it.each([
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
])('refuses %j', async (body, pointer) => {
  const { status, json } = await send('POST', '/v1/alert-rules', { name: 'Wrong', kind: 'filter', filter: {}, threshold: 1, ...body });
  expect([status, json.code, json.issues?.[0].pointer]).toEqual([400, 'invalid_field', pointer]);
});
