/** Alerts over the booted product: what the runner fires is what the back-test says, however often it looks, and each alert is seen to. */
import { SchedulerRegistry } from '@nestjs/schedule';
import type { Finding } from '@pinebill/detection';
import fc from 'fast-check';
import { Tenant } from '../database/tenant';
import { FindingKeeper } from '../detections/finding-keeper';
import { Clock } from '../platform/clock';
import { newId, parseId, typeId } from '../platform/ids';
import { aFinding, alertCalls, call, someCall, someRule, wrongRules, type Body } from '../testing/alert-calls';
import { storeRecords } from '../testing/records';
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
const { send, get, aRule, backTest, alertsOf, healthOf, aChannel } = alertCalls(
  () => t,
  () => now,
);
const look = () => t.app.get(RuleRunner).run();
const store = (...records: ReturnType<typeof call>[]) => storeRecords(t, records);
const keep = (finding: Finding) => t.app.get(Tenant).run({ organizationId: organizations.home }, (tx) => t.app.get(FindingKeeper).keep(tx, organizations.home, [finding], new Date(now))); // prettier-ignore
/** Every rule of a test begins in a time of its own, with an empty log behind it. */
function later(minutes = 60): number {
  now = Math.floor(now / MINUTE) * MINUTE + minutes * MINUTE;
  return now;
}

it('fires live what a back-test over the same log fires, whenever it looks', async () => {
  const property = fc.asyncProperty(
    fc.array(someRule, { minLength: 4, maxLength: 4 }),
    fc.array(someCall, { minLength: 20, maxLength: 120 }),
    fc.array(fc.nat(120), { minLength: 4, maxLength: 6 }),
    async (rules, calls, stops) => {
      // prettier-ignore
      const begin = later(100);
      const made = await Promise.all(rules.map((rule) => aRule(rule)));
      // One that has failed goes on in the smallest steps, and comes to the same.
      await t.sql('update alert_rule set failures = 30 where id = $1', [parseId('rul', made[0]!.id)]);
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
        const told = ({ group, count, windowTo, filter }: { group: unknown; count: number; windowTo: string; filter: object }) => ({ group, count, windowTo, filter: Object.entries(filter).sort() }); // prettier-ignore
        const sorted = (list: object[]) => list.map((one) => JSON.stringify(one)).sort();
        expect(sorted(alerts.map(told))).toEqual(sorted(tested.data.map(told)));
        expect(tested).toMatchObject({ fired: alerts.length, limitedBy: null });
        for (const { filter, count } of tested.data.slice(0, 1)) {
          const query = new URLSearchParams(Object.entries(filter as Record<string, string>));
          expect((await get(`/v1/audit-logs/stats?${query.toString()}`)).data[0].requests).toBe(count);
        }
      }
    },
  );
  await fc.assert(property, { numRuns: 2, endOnFailure: true });
}, 20_000);

it('fires what comes late, and nothing twice; a restart goes on from where it was', async () => {
  const begin = later();
  const { id } = await aRule({ windowMinutes: 5, coolDownMinutes: 10, groupBy: 'ip' });
  await store(...[0, 1, 2].map((second) => call(begin + 20 * MINUTE + second)));
  now = begin + 21 * MINUTE;
  await look();
  await look();
  expect((await alertsOf(id)).map(({ count }: { count: number }) => count)).toEqual([3]);
  // The minute goes on, and then the next ones: it is the same alert.
  for (const minutes of [20, 22]) {
    await store(call(begin + minutes * MINUTE + 30_000));
    now = begin + (minutes + 1) * MINUTE;
    await look();
    expect((await alertsOf(id)).map(({ count }: { count: number }) => count)).toEqual([4]);
  }
  // Its process was cut off: these began before, and come now. Of one address they lie within its pause.
  await store(call(begin + 2 * MINUTE), call(begin + 2 * MINUTE), call(begin + 3 * MINUTE), call(begin + 18 * MINUTE, { ip: '192.0.2.9' }));
  await store(call(begin + 18 * MINUTE, { ip: '192.0.2.9' }), call(begin + 19 * MINUTE, { ip: '192.0.2.9' }), call(begin + 17 * MINUTE));
  await look();
  expect((await alertsOf(id)).map(({ group, windowTo }: { group: { value: string }; windowTo: string }) => [group.value, (Date.parse(windowTo) - begin) / MINUTE])).toEqual([['192.0.2.7', 21], ['192.0.2.7', 4], ['192.0.2.9', 20]]); // prettier-ignore
  // Stopped between counting and telling: nothing is kept by halves.
  await store(...[0, 1, 2].map((second) => call(begin + 40 * MINUTE + second)));
  now = begin + 41 * MINUTE;
  await t.sql(
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'stopped'; end $$; create trigger stop before insert on alert_event for each row execute function refuse()`,
  );
  await look();
  expect(await alertsOf(id)).toHaveLength(3);
  expect(await healthOf(id)).toMatchObject({ failingSince: new Date(now).toISOString(), lastError: expect.stringContaining('our side') });
  expect((await t.call('/metrics')).text).toContain('pinebill_alert_rules_failing 1');
  await t.sql('drop trigger stop on alert_event; drop function refuse');
  // It is left alone for a moment.
  await look();
  expect(await alertsOf(id)).toHaveLength(3);
  now += MINUTE;
  await look();
  expect(await alertsOf(id)).toHaveLength(4);
  expect(await healthOf(id)).toMatchObject({ failingSince: null, lastError: null, missedCalls: 0 });
});

it('counts in a window neither less nor more than it holds, when several minutes are looked at together', async () => {
  const begin = later();
  const [three, four] = await Promise.all([3, 4].map((threshold) => aRule({ threshold, coolDownMinutes: 0 })));
  for (const minutes of [
    [0, 0],
    [4, 5],
  ]) {
    await store(...minutes.map((minute) => call(begin + minute * MINUTE)));
    now = begin + 5 * MINUTE;
    await look();
  }
  expect([(await alertsOf(three!.id)).map(({ count }: { count: number }) => count), await alertsOf(four!.id)]).toEqual([[3], []]);
});

it('goes on when a record is a day late and when a clock is ahead: it counts neither, and says so of the first', async () => {
  later();
  const day = 1_440 * MINUTE;
  const { id } = await aRule({ threshold: 2, windowMinutes: 5, coolDownMinutes: 0 });
  // As if it had been made three days ago.
  await t.sql('update alert_rule set counts_from = counts_from - 3 * 1440 where id = $1', [parseId('rul', id)]);
  await store(call(now));
  await look();
  // One of the day before yesterday, two of a clock that is a year ahead, and the second one of this minute.
  await store(call(now - 2 * day), call(now + 365 * day), call(now + 365 * day), call(now + 1_000));
  await look();
  expect((await alertsOf(id)).map(({ count, title }: { count: number; title: string }) => [count, title.endsWith(': 2 calls within 5 minutes')])).toEqual([[2, true]]); // prettier-ignore
  expect(await healthOf(id)).toMatchObject({ missedCalls: 1, missedAt: new Date(now).toISOString(), failingSince: null });
  const [{ minutes }] = (await t.sql<{ minutes: number[] }>('select array_agg(distinct minute order by minute) as minutes from alert_rule_count where rule_id = $1', [parseId('rul', id)])) as [{ minutes: number[] }]; // prettier-ignore
  expect(minutes).toEqual([now / MINUTE]);
  // The alert says what the minute came to, and its rows with it.
  await store(call(now + 2_000), call(now + 3_000));
  await look();
  const [alert] = await alertsOf(id);
  expect([alert.count, alert.title.endsWith(': 4 calls within 5 minutes'), alert.samples.length]).toEqual([4, true, 4]);
  // While somebody works on it, its rule waits and has no trouble. What somebody has resolved stays as it was.
  await t.sql(`create function busy() returns trigger language plpgsql as $$ begin raise 'busy' using errcode = '55P03'; end $$; create trigger busy before update on alert for each row execute function busy()`); // prettier-ignore
  await store(call(now + 4_000));
  await look();
  await t.sql('drop trigger busy on alert; drop function busy');
  expect([(await alertsOf(id))[0].count, (await healthOf(id)).failingSince]).toEqual([4, null]);
  await look();
  expect((await alertsOf(id))[0].count).toBe(5);
  await send('POST', `/v1/alerts/${alert.id}/resolve`, { resolution: '5 calls of a test' });
  await store(call(now + 5_000));
  await look();
  expect((await alertsOf(id)).map(({ count }: { count: number }) => count)).toEqual([5]);
});

it('forgets a channel that is deleted, and says who was told and who was not', async () => {
  later();
  const [gone, off] = [await aChannel('Gone'), await aChannel('Off')];
  const { id } = await aRule({ threshold: 1, channelIds: [gone.id, off.id], escalation: { afterMinutes: 5, channelIds: [gone.id], mailAdmins: false } }); // prettier-ignore
  expect((await send('DELETE', `/v1/channels/${gone.id}`)).status).toBe(204);
  await send('POST', `/v1/channels/${off.id}/disable`);
  expect(await get(`/v1/alert-rules/${id}`)).toMatchObject({
    version: 2,
    channelIds: [off.id],
    escalation: null,
  });
  const [change] = await t.sql<{ actor_name: string; before: Body; after: Body }>(`select actor_name, before, after from activity where target_id = $1 and action = 'alert_rule.changed'`, [parseId('rul', id)]); // prettier-ignore
  expect(change).toMatchObject({
    actor_name: 'A admin',
    before: { channelIds: [gone.id, off.id] },
    after: { channelIds: [off.id], version: 2 },
  });
  await store(call(now));
  await look();
  const [alert] = await alertsOf(id);
  const { events } = await get(`/v1/alerts/${alert.id}`);
  expect(events.at(-1)).toMatchObject({ kind: 'notTold', data: { channels: [], off: ['Off'] } });
  // One that was lost before rules were told of it is no reason to refuse.
  await t.sql('update alert_rule set channel_ids = $2 where id = $1', [parseId('rul', id), [newId()]]);
  const { status, json } = await send('PATCH', `/v1/alert-rules/${id}`, { enabled: false, version: 2 });
  expect([status, json.version]).toEqual([200, 3]);
  expect((await send('PATCH', `/v1/alert-rules/${id}`, { channelIds: [off.id, gone.id] })).json.detail).toContain('channelIds/1');
  expect((await send('PATCH', `/v1/alert-rules/${id}`, { name: 'Mine', version: 2 })).json).toMatchObject({ code: 'changed_meanwhile', detail: expect.stringContaining('A admin') }); // prettier-ignore
});

it('opens in quiet hours and is told afterwards; what nobody acknowledges is escalated once', async () => {
  now = Date.UTC(2027, 0, 4, 23, 30); // a Monday, half past midnight in Berlin
  const quietHours = { weekdays: ['monday'], from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
  const escalation = { afterMinutes: 30 };
  const [quiet, loud] = [
    await aRule({ quietHours, escalation, threshold: 1 }),
    await aRule({ escalation, threshold: 1, severity: 'critical', quietHours }),
  ];
  await store(call(now));
  await look();
  const [[first], [second]] = [await alertsOf(quiet.id), await alertsOf(loud.id)];
  expect([first.tellAt, first.escalateAt, second.tellAt, second.escalateAt]).toEqual(['2027-01-05T06:00:00.000Z', null, null, '2027-01-05T00:00:00.000Z']); // prettier-ignore
  now = Date.UTC(2027, 0, 5, 6, 1);
  await look();
  await look();
  const mails = () => t.sql<{ subject: string }>(`select subject from mail_outbox where dedupe_key like 'alert.escalated:%'`);
  expect([(await alertsOf(quiet.id))[0].escalateAt, (await mails()).length]).toEqual(['2027-01-05T06:31:00.000Z', 1]);
  expect((await get(`/v1/alerts/${second.id}`)).events.map(({ kind }: { kind: string }) => kind)).toEqual(['opened', 'escalated']);
  await send('POST', `/v1/alerts/${first.id}/acknowledge`);
  now += 60 * MINUTE;
  await look();
  expect(await mails()).toHaveLength(1);
  expect(await backTest(quiet.id, Date.UTC(2027, 0, 4, 23, 0))).toMatchObject({ fired: 1, quiet: 1 });
});

it('tells a flood as one thing, escalates it once, and opens no more than a rule may have', async () => {
  later();
  const { id: channelId } = await aChannel('Flooded');
  const escalation = { afterMinutes: 30 };
  const { id } = await aRule({ threshold: 1, groupBy: 'ip', coolDownMinutes: 0, channelIds: [channelId], escalation });
  const [mails] = await t.sql<{ before: string }>(`select count(*) as before from mail_outbox where dedupe_key like 'alert.escalated:%'`);
  await store(...Array.from({ length: 205 }, (_, index) => call(now, { ip: `198.51.100.${index}` })));
  await look();
  expect(await alertsOf(id)).toHaveLength(200);
  expect(await healthOf(id)).toMatchObject({ heldBack: 5, heldBackAt: new Date(now).toISOString() });
  now += 31 * MINUTE;
  await look();
  const told = await t.sql<{ event: string; seen: string }>(`select event, data ->> 'seen' as seen from notification where channel_id = $1 order by created_at`, [parseId('chn', channelId)]); // prettier-ignore
  expect(told.map(({ event, seen }) => [event, /199 more of the same rule/.test(seen)])).toEqual([['alert.opened', true], ['alert.escalated', true]]); // prettier-ignore
  expect(await t.sql(`select 1 from mail_outbox where dedupe_key like 'alert.escalated:%'`)).toHaveLength(Number(mails?.before) + 1);
  const alerts = await alertsOf(id);
  expect(alerts.every(({ escalatedAt }: { escalatedAt: string | null }) => escalatedAt !== null)).toBe(true);
  const [lead] = await t.sql<{ id: string }>(`select id from alert where rule_id = $1 and told_channels <> '{}'`, [parseId('rul', id)]);
  const events = async (alert: string) => (await get(`/v1/alerts/${alert}`)).events.map(({ kind, data }: { kind: string; data: Body }) => [kind, data['channels'] ?? data['togetherWith']]); // prettier-ignore
  const leadId = typeId('alr', lead!.id);
  expect(await events(leadId)).toEqual([['opened', undefined], ['told', ['Flooded']], ['escalated', ['Flooded']]]); // prettier-ignore
  const other = alerts.find((one: { id: string }) => one.id !== leadId).id;
  expect(await events(other)).toEqual([['opened', undefined], ['told', leadId], ['escalated', leadId]]); // prettier-ignore
  // Nobody heard of the other one by itself; of the first they hear how it ends.
  for (const one of [other, leadId]) await send('POST', `/v1/alerts/${one}/resolve`, {});
  expect((await healthOf(id)).heldBack).toBe(0);
  expect(await t.sql('select event from notification where channel_id = $1 order by created_at', [parseId('chn', channelId)])).toHaveLength(3); // prettier-ignore
});

it('is acknowledged, assigned, made an incident and resolved, each by somebody at some time', async () => {
  later();
  const { id } = await aRule({ threshold: 2, groupBy: 'apiKeyId', name: 'Odd calls' });
  await store(...[0, 1].map((second) => call(now + second, { apiKeyId: keys[0]!, actorType: 'apiKey', actorId: keys[0]! })));
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
  const incident = await get(`/v1/incidents/${incidentId}`);
  expect(incident).toMatchObject({ title: alert.title, severity: 'high', openedFrom: { kind: 'alert', references: [alert.id] } });
  expect((await get(`/v1/audit-logs?incidentId=${incidentId}`)).data.map((record: { id: string }) => record.id)).toEqual(alert.samples);
  expect((await send('POST', `${at}/incident`)).json.code).toBe('illegal_transition');
  expect((await send('POST', `${at}/resolve`, { resolution: 'A deploy' })).json).toMatchObject({ state: 'resolved', resolution: 'A deploy' }); // prettier-ignore
  for (const what of ['acknowledge', 'resolve', 'assign']) expect((await send('POST', `${at}/${what}`, what === 'assign' ? { assigneeId: null } : {})).status).toBe(409); // prettier-ignore
  const { events } = (await t.call(at, { as: 'member' })).json;
  expect(events.map(({ kind, by }: { kind: string; by: { name: string } }) => [kind, by.name])).toEqual([['opened', 'alerts'], ['assigned', 'A admin'], ['acknowledged', 'A admin'], ['incidentOpened', 'A admin'], ['resolved', 'A admin']]); // prettier-ignore
  const actions = await t.sql<{ action: string }>(`select action from activity where target_id = $1 order by occurred_at, id`, [
    parseId('alr', alert.id),
  ]);
  expect(actions.map(({ action }) => action)).toEqual(['alert.assigned', 'alert.acknowledged', 'alert.incident_opened', 'alert.resolved']);
  await send('DELETE', `/v1/alert-rules/${id}`);
  expect((await get(at)).rule).toMatchObject({ name: 'Odd calls', deleted: true });
});

it('makes one alert of a finding, tells its channels once, and a back-test finds it', async () => {
  later();
  const channel = await aChannel('On call');
  const about = { kind: 'detector', filter: undefined, threshold: undefined, detectors: ['unauthorizedBurst'], leastSeverity: 'medium', coolDownMinutes: 120, channelIds: [channel.id] }; // prettier-ignore
  const { id } = await aRule(about);
  const other = await aRule({ ...about, subjects: [{ kind: 'address', value: '192.0.2.9' }] });
  const same = await aRule({ ...about, channelIds: [], subjects: [{ kind: 'address', value: '::ffff:192.0.2.7' }] });
  expect((await send('POST', '/v1/alert-rules', { name: 'x', kind: 'detector', channelIds: [typeId('chn', newId())] })).status).toBe(404);
  await store(call(now, { status: 401 }));
  const stored = (await get('/v1/audit-logs?path=/odd&limit=1')).data.map((one: { id: string }) => one.id) as string[]; // prettier-ignore
  const found = (fields: Partial<Finding>) => aFinding(now, { samples: [parseId('log', stored[0]!)!], ...fields });
  await keep(found({}));
  expect(await alertsOf(id)).toEqual([]);
  for (const count of [30, 40]) await keep(found({ severity: 'high', count }));
  // Within the cool-down, and about somebody else.
  await keep(found({ severity: 'high', episode: '2', from: now + 5 * MINUTE, to: now + 6 * MINUTE }));
  await keep(found({ severity: 'high', detector: 'idScanning' }));
  const [alert, ...others] = await alertsOf(id);
  expect([alert, others, await alertsOf(other.id)]).toMatchObject([{ count: 40, group: { by: null, label: '192.0.2.7' }, finding: { detector: 'unauthorizedBurst', normal: { requests: 1 } } }, [], []]); // prettier-ignore
  await look();
  const told = await t.sql<{ event: string; title: string }>(`select event, data ->> 'title' as title from notification where channel_id = $1`, [parseId('chn', channel.id)]); // prettier-ignore
  expect(told).toEqual([{ event: 'alert.opened', title: alert.title }]);
  // Its rows are those of its own time, the last one of them as well.
  const filter = { ip: '192.0.2.7', from: new Date(now).toISOString(), to: new Date(now + MINUTE + 1).toISOString() };
  expect(alert.filter).toEqual(filter);
  const tested = await backTest(id, now - 60 * MINUTE);
  expect(tested).toMatchObject({ fired: 1, limitedBy: 'detection', data: [{ findingId: alert.finding.id, group: alert.group, filter }] });
  expect(tested.from).toBe(new Date(now).toISOString());
  // Severe as it was then, not as it is now.
  await t.sql(`update finding set severity = 'low'`);
  expect(await backTest(id, now - 60 * MINUTE)).toMatchObject({ fired: 1 });
  // The finding, and every alert of it, have one incident, with what shows it.
  const [twin] = await alertsOf(same.id);
  const { incidentId } = (await send('POST', `/v1/alerts/${alert.id}/incident`)).json;
  for (const path of [`/v1/alerts/${twin.id}`, `/v1/findings/${alert.finding.id}`]) expect((await get(path)).incidentId).toBe(incidentId); // prettier-ignore
  expect((await send('POST', `/v1/alerts/${twin.id}/incident`)).json).toMatchObject({ code: 'illegal_transition', detail: expect.stringContaining(incidentId) }); // prettier-ignore
  expect((await get(`/v1/audit-logs?incidentId=${incidentId}`)).data.map((one: { id: string }) => one.id)).toEqual(stored); // prettier-ignore
  // And the other way round, also for an alert that opens afterwards.
  await keep(found({ severity: 'high', episode: '3', from: now + 200 * MINUTE, to: now + 200 * MINUTE }));
  const next = (await alertsOf(id))[1];
  const opened = (await send('POST', `/v1/findings/${next.finding.id}/incident`)).json.incidentId;
  expect((await get(`/v1/alerts/${next.id}`))).toMatchObject({ incidentId: opened, events: [{}, { kind: 'incidentOpened' }] }); // prettier-ignore
  const third = await aRule({ ...about, channelIds: [], subjects: [{ kind: 'address' }] });
  await keep(found({ severity: 'high', episode: '3', from: now + 200 * MINUTE, to: now + 201 * MINUTE, count: 50 }));
  expect((await alertsOf(third.id)).map((one: { incidentId: string }) => one.incidentId)).toEqual([opened]);
  // Beside another organization, who nobody is is for admins alone.
  expect((await t.call(`/v1/alerts/${alert.id}`, { as: 'member' })).status).toBe(404);
  expect((await t.call(`/v1/alerts?ruleId=${id}`, { as: 'member' })).json.data).toEqual([]);
});

it('counts anew from a change of what it counts, names the version, and keeps its place otherwise', async () => {
  later();
  const { id } = await aRule({ threshold: 3, coolDownMinutes: 0, windowMinutes: 5 });
  await store(call(now), call(now));
  await look();
  expect((await send('PATCH', `/v1/alert-rules/${id}`, { severity: 'low' })).json).toMatchObject({
    version: 2,
    severity: 'low',
    threshold: 3,
  });
  await store(call(now + MINUTE));
  now += MINUTE;
  await look();
  expect((await alertsOf(id)).map(({ rule, severity, count }: { rule: { version: number }; severity: string; count: number }) => [rule.version, severity, count])).toEqual([[2, 'low', 3]]); // prettier-ignore
  now += MINUTE;
  await send('PATCH', `/v1/alert-rules/${id}`, { threshold: 4 });
  await store(call(now), call(now));
  await look();
  expect(await alertsOf(id)).toHaveLength(1);
  expect((await send('PATCH', `/v1/alert-rules/${id}`, { threshold: 4 })).json.version).toBe(3);
});

it('keeps subjects as findings name them', async () => {
  const given = [['address', '2001:DB8:0:1::5'], ['address', '::ffff:192.0.2.7'], ['network', '2001:db8:0:1::5'], ['network', '192.0.2.9'], ['keyFingerprint', 'ABCDEF012345'], ['key', typeId('key', keys[0]!)]]; // prettier-ignore
  const { id } = await aRule({ kind: 'detector', filter: undefined, threshold: undefined, subjects: given.map(([kind, value]) => ({ kind, value })) }); // prettier-ignore
  expect((await get(`/v1/alert-rules/${id}`)).subjects.map(({ value }: { value: string }) => value)).toEqual(['2001:db8:0:1::/64', '192.0.2.7', '2001:db8::/48', '192.0.2.0/24', 'abcdef012345', given[5]![1]]); // prettier-ignore
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
      expect([plan, path, status < 300 || json.code]).toEqual([plan, path, plan === 'enterprise' || 'plan_required']);
    }
    expect((await t.call(`/v1/alert-rules/${id}`, { as: 'member' })).status).toBe(200);
    if (plan === 'business') {
      await store(call(now));
      await look();
      expect(await alertsOf(id)).toHaveLength(0);
    }
  }
  // What came meanwhile is no news; what comes now is.
  await look();
  expect(await alertsOf(id)).toHaveLength(0);
  later();
  await store(call(now));
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

it.each(wrongRules)('refuses %j', async (body, pointer) => {
  const { status, json } = await send('POST', '/v1/alert-rules', { name: 'Wrong', kind: 'filter', filter: {}, threshold: 1, ...body });
  expect([status, json.code, json.issues?.[0].pointer]).toEqual([400, 'invalid_field', pointer]);
});

it('goes on after a clock that was days ahead was put right, of rules that looked or were made meanwhile', async () => {
  const right = later();
  const content = { threshold: 2, windowMinutes: 1, coolDownMinutes: 0 };
  const [before, made] = [await aRule(content), await aRule(content)];
  const found = await aRule({ kind: 'detector', filter: undefined, threshold: undefined, detectors: ['unauthorizedBurst'], leastSeverity: 'low' }); // prettier-ignore
  now = right + 3 * 1_440 * MINUTE;
  // As if these had been made now: nobody is signed in for so long.
  for (const { id } of [made, found]) await t.sql('update alert_rule set counts_from = $2 where id = $1', [parseId('rul', id), now / MINUTE]); // prettier-ignore
  await store(call(now));
  await look();
  now = right + 2 * MINUTE;
  await store(call(now), call(now));
  await look();
  for (const { id } of [before, made]) {
    expect((await alertsOf(id)).map(({ count }: { count: number }) => count)).toEqual([2]);
    expect(await healthOf(id)).toMatchObject({ missedCalls: 0, failingSince: null });
  }
  await keep(aFinding(now, { severity: 'high', episode: 'leap' }));
  expect(await alertsOf(found.id)).toHaveLength(1);
});
