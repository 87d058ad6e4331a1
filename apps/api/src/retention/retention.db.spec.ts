/** Plan and retention on a clock that is moved: what is shown, what is held, what is purged, and that every number is accounted for, whatever happens in between. */
import { ensurePartitions, pgQueryable, type AuditRecord } from '@pinebill/nestjs-audit';
import { Client } from 'pg';
import { Clock } from '../platform/clock';
import { newId, parseId, typeId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { comesTrue, holding, waitsForLock } from '../testing/held-lock';
import { organizations, people, startTestApp, type TestApp } from '../testing/test-app';
import { PlanService } from './plan.service';
import { Purge, Stopped } from './purge.service';

const DAY_MS = 86_400_000;
const { home, other } = organizations;
let t: TestApp;
let aheadMs = 0;
let purge: Purge;
const now = (): Date => new Date(Date.now() + aheadMs);
const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();
const keys = { held: newId(), plain: newId() };
let stored: AuditRecord[];
/** `values`: each hold is asked by itself, as if there were too many for one statement. */
const pace = { rows: 10, rest: 0, values: 1 };

/** 40 that are 300 days old, 30 of 30 days, 20 of 3 days; in home 12 that are 300 days old. */
function records(): AuditRecord[] {
  const many = (organizationId: string, count: number, days: number): AuditRecord[] =>
    Array.from({ length: count }, (_, index) => {
      const apiKeyId = index % 4 === 0 ? keys.held : keys.plain;
      const caller = { actorType: 'apiKey', actorId: apiKeyId, actorName: 'K', apiKeyId, apiKeyName: 'K', apiKeyLast4: 'abcd', apiKeyState: 'active' } as const; // prettier-ignore
      return aRecord({ organizationId, startedAt: daysAgo(days + index / 1_000), ...caller, userAgent: `agent-${days}`, ip: '192.0.2.7' });
    });
  return [...many(other, 40, 300), ...many(other, 30, 30), ...many(other, 20, 3), ...many(home, 12, 300)];
}

beforeAll(async () => {
  t = await startTestApp(__filename);
  t.app.get(Clock).now = now;
  purge = t.app.get(Purge);
  purge.databaseNow = () => Promise.resolve(now());
  const owner = new Client({ connectionString: t.db.url, options: '-c role=pinebill_maintenance -c search_path=app' });
  await owner.connect();
  for (const days of [301, 31]) await ensurePartitions(pgQueryable(owner), new Date(Date.now() - days * DAY_MS), 2);
  await owner.end();
  for (const name of ['held', 'plain'] as const) {
    const { json } = await t.call('/v1/api-keys', { as: 'stranger', body: { name, scopes: ['invoices:read'] } });
    keys[name] = parseId('key', json.id) ?? '';
  }
  stored = records();
  await storeRecords(t, stored);
});
afterAll(() => t.close());

const as = 'stranger' as const;
/** A session of the moved clock: those of before are over. */
let session: string | null = null;
const call: TestApp['call'] = (path, { as: person, ...options } = {}) =>
  session !== null && person === as
    ? t.call(path, { ...options, headers: { cookie: session, origin: t.url } })
    : t.call(path, { as: person!, ...options });
const change = (body: object) => call('/v1/plan', { method: 'PATCH', as, body });
const total = async (query = '') => (await call(`/v1/audit-logs?actorType=apiKey&limit=200${query}`, { as })).json.data.length as number;
const counted = async (organization: string = other) =>
  Number((await t.sql<{ n: string }>('select count(*) as n from audit_log where organization_id = $1', [organization]))[0]!.n);
/** Rows, those in certificates and those of a purge that was interrupted; and the last number that was given. */
async function account(organization: string = other): Promise<[number, number]> {
  const [row] = await t.sql<{ known: string; last: string }>(
    `select (select count(*) from audit_log where organization_id = $1) + (select coalesce(sum(rows), 0) from purge_certificate where organization_id = $1)
       + (select coalesce(sum(rows), 0) from purge_progress where organization_id = $1) as known, (select sequence from audit_head where organization_id = $1) as last`,
    [organization],
  );
  return [Number(row!.known), Number(row!.last)];
}
async function addsUp(organization: string = other): Promise<void> {
  const [known, last] = await account(organization);
  expect(known).toBe(last);
}
/** What the purge asks the database, by transaction. The first that begins with `before` comes after `first`, and finds somebody who holds what it locks. */
async function statementsOf(
  work: () => Promise<unknown>,
  { before, first }: { before: string; first: () => Promise<unknown> },
): Promise<string[][]> {
  const all: string[][] = [];
  let held = false;
  const query = Client.prototype.query as (...args: unknown[]) => Promise<unknown>;
  const spy = jest.spyOn(Client.prototype, 'query').mockImplementation(function (this: Client, ...args: unknown[]) {
    const [text] = args as [string | { text?: string }];
    const sql = typeof text === 'string' ? text : (text.text ?? '');
    if (sql === 'begin') all.push([]);
    all.at(-1)?.push(sql);
    if (held || !sql.includes(before)) return query.apply(this, args);
    held = true;
    return first().then(() => query.call(this, `do $$ begin raise exception 'held' using errcode = '55P03'; end $$`));
  });
  await work().finally(() => spy.mockRestore());
  return all;
}
const certificates = async () => (await call('/v1/purge-certificates', { as })).json.data;

it('says what a plan includes, how much of it is used, and what another one would change', async () => {
  const { json } = await call('/v1/plan', { as });
  expect(json).toMatchObject({ plan: 'enterprise', retentionDays: 400, locked: false, grace: null });
  expect(json.usage.requests).toBeGreaterThanOrEqual(90);
  expect(Date.parse(json.usage.oldestRecordAt)).toBe(Math.floor(Date.parse(stored[39]!.startedAt) / 60_000) * 60_000);
  expect(json.usage.months.length).toBeGreaterThanOrEqual(3);
  const sums = json.usage.months.reduce((sum: number, month: { requests: number }) => sum + month.requests, 0);
  expect(sums).toBe(json.usage.requests);
  expect(json.usage.storedBytes).toBeGreaterThan(0);
  expect(json.otherPlans.map(({ plan }: { plan: string }) => plan)).toEqual(['starter', 'business']);
  expect(json.otherPlans[0]).toMatchObject({ retentionDays: 7, gains: [], limits: { perKeyPerMinute: 60 } });
  expect(json.otherPlans[0].losses).toContain('Records are shown for 7 days instead of 400.');
});

it('a plan without alerts says which rules and channels stop', async () => {
  const rule = { name: 'Quiet', kind: 'filter', filter: { path: '/nothing' }, threshold: 1 };
  expect((await call('/v1/alert-rules', { as, body: rule })).status).toBe(201);
  expect((await call('/v1/alert-rules', { as, body: { ...rule, name: 'Off', enabled: false } })).status).toBe(201);
  const channel = { name: 'On call', kind: 'mail', recipients: [typeId('usr', people[as].id)] };
  expect((await call('/v1/channels', { as, body: channel })).status).toBe(201);
  const { json } = await call('/v1/plan/preview', { as, body: { plan: 'business' } });
  expect(json.consequences).toEqual(expect.arrayContaining([expect.objectContaining({ what: 'alertRules', count: 1, stops: true }), expect.objectContaining({ what: 'channels', count: 1, stops: true })])); // prettier-ignore
});

it('a smaller plan is previewed, confirmed, cuts every read at once, and is taken back without loss', async () => {
  const preview = await call('/v1/plan/preview', { as, body: { plan: 'business' } });
  expect(preview.json).toMatchObject({ from: 'enterprise', to: 'business', takesAway: true, hides: { records: 40 }, bringsBack: null });
  expect(await change({ plan: 'business' })).toMatchObject({ status: 409, json: { code: 'plan_change_unconfirmed' } });
  expect((await call('/v1/plan', { method: 'PATCH', as: 'member', body: { plan: 'business', confirm: true } })).status).toBe(403);
  // A busy key among few: the organization stays below its limit, and the key does not.
  const busy = await t.sql(
    `insert into audit_rollup (organization_id, bytes_out, minute, requests, client_errors, server_errors, dimension, actor, value)
     select $1, 0, $2, 75, 0, 0, 1, 1, no::text from audit_caller where organization_id = $1 and api_key_id = $3 limit 1 returning value`,
    [other, Math.floor(Date.now() / 60_000) - 60, keys.plain],
  );
  expect((await call('/v1/plan/preview', { as, body: { plan: 'starter' } })).json.consequences).toContainEqual(expect.objectContaining({ what: 'limits', count: 15, detail: expect.stringMatching(/^One API key made 75 /) })); // prettier-ignore
  await t.sql(`delete from audit_rollup where organization_id = $1 and requests = 75 and value = $2`, [other, busy[0]!['value']]);
  const before = await total();
  const changed = await change({ plan: 'business', confirm: true });
  expect(changed).toMatchObject({ status: 200, json: { plan: 'business', retentionDays: 90, grace: { keptDays: 400 } } });
  expect(await total()).toBe(before - 40);
  expect((await call(`/v1/audit-logs/${typeId('log', stored[0]!.id)}`, { as })).status).toBe(404);
  const stats = (await call(`/v1/audit-logs/stats?groupBy=status&actorType=apiKey`, { as })).json.data;
  expect(stats.reduce((sum: number, { requests }: { requests: number }) => sum + requests, 0)).toBe(50);
  // Shorter once more: the longest is kept, for a week from now on.
  expect((await change({ plan: 'starter', confirm: true })).json.grace).toMatchObject({ keptDays: 400 });
  expect(await total()).toBe(20);
  await purge.run(pace);
  expect([await certificates(), await counted()]).toEqual([[], expect.any(Number)]);
  const back = await call('/v1/plan/preview', { as, body: { plan: 'enterprise' } });
  expect(back.json).toMatchObject({ takesAway: false, hides: null, bringsBack: { records: 70 } });
  expect((await change({ plan: 'enterprise' })).json).toMatchObject({ plan: 'enterprise', grace: null });
  expect(await total()).toBe(before);
  const [entry] = (await call('/v1/activity?limit=1', { as })).json.data;
  expect(entry).toMatchObject({ action: 'organization.plan_changed', before: { plan: 'starter' }, after: { plan: 'enterprise' } });
});

it('a plan that is set by whoever runs the product is not changed', async () => {
  const config = Reflect.get(t.app.get(PlanService), 'config') as { planLocked: boolean };
  config.planLocked = true;
  try {
    expect(await change({ plan: 'starter', confirm: true })).toMatchObject({ status: 403, json: { code: 'plan_locked' } });
    expect((await call('/v1/plan', { as })).json.locked).toBe(true);
  } finally {
    config.planLocked = false;
  }
});

describe('once the grace is over', () => {
  let hold: { id: string };
  let held: string[];
  const more: string[] = [];

  it('a hold is made by an admin, says who and why, and is seen on the records that it holds', async () => {
    const filter = { apiKeyId: typeId('key', keys.held), to: daysAgo(100) };
    const body = { reason: 'Case 4711', filter };
    expect((await call('/v1/holds', { as: 'member', body })).status).toBe(403);
    expect((await call('/v1/holds', { as, body: { reason: 'x', until: daysAgo(1) } })).json.issues).toMatchObject([{ pointer: '/until' }]);
    expect((await call('/v1/holds', { as, body: { reason: 'x', filter: { color: 'red' } } })).status).toBe(400);
    for (const unknown of [
      { apiKeyId: typeId('key', newId()) },
      { findingId: typeId('fnd', newId()) },
      { incidentId: typeId('inc', newId()) },
    ])
      // prettier-ignore
      expect((await call('/v1/holds', { as, body: { reason: 'x', filter: unknown } })).status).toBe(404);
    // What is held must not become less by what is added to an incident.
    expect((await call('/v1/holds', { as, body: { reason: 'x', filter: { incidentId: `!${typeId('inc', newId())}` } } })).json.issues).toMatchObject([{ pointer: '/filter/incidentId' }]); // prettier-ignore
    const made = await call('/v1/holds', { as, body });
    expect(made).toMatchObject({ status: 201, json: { state: 'active', reason: 'Case 4711', filter, createdBy: { name: 'A stranger' } } });
    hold = made.json;
    held = stored.slice(0, 40).filter(({ apiKeyId }) => apiKeyId === keys.held).map(({ id }) => id); // prettier-ignore
    const of = async (id: string) => (await call(`/v1/audit-logs/${typeId('log', id)}/retention`, { as })).json;
    expect(await of(held[0]!)).toMatchObject({
      retentionDays: 400,
      purgedFrom: null,
      heldBy: [{ kind: 'legal', id: hold.id, name: 'Case 4711' }],
    });
    const free = await of(stored[1]!.id);
    expect(free).toMatchObject({ heldBy: [], purgedFrom: free.expiresAt });
    expect(Date.parse(free.expiresAt)).toBe(Date.parse(stored[1]!.startedAt) + 400 * DAY_MS);
    expect((await call('/v1/holds', { as: 'admin' })).json.data).toEqual([]);
    // Whom the records are held for is for people.
    const { json: key } = await call('/v1/api-keys', { as, body: { name: 'reader', scopes: ['audit:read'] } });
    const read = await t.call(`/v1/audit-logs/${typeId('log', held[0]!)}/retention`, {
      headers: { authorization: `Bearer ${key.secret}` },
    });
    expect(read.json.heldBy).toEqual([{ kind: 'legal', id: hold.id, name: null }]);
  });

  it('a hold on an incident or a finding keeps what these were about when it was made, whatever becomes of them', async () => {
    const [ofIncident, ofFinding] = [stored.slice(1, 3), stored.slice(5, 8)];
    const logIds = ofIncident.map(({ id }) => typeId('log', id));
    const incident = (await call('/v1/incidents', { as, body: { title: 'Over', logIds } })).json.id as string;
    await t.sql(`update incident set closed_at = now(), closed_by_name = 'A', hold_released_at = now(), hold_released_by_name = 'A' where id = $1`, [parseId('inc', incident)]); // prettier-ignore
    const finding = newId();
    await t.sql(
      `insert into finding (organization_id, id, detector, subject_kind, subject_ref, episode, severity, state, opened_at, began_at, ended_at, last_seen_at, count, facts, filter, samples)
       values ($1, $2, 'newAddress', 'key', $3, 'x', 'low', 'open', now(), $4, $5, now(), 3, '{"seen":{},"normal":{},"threshold":{},"lesson":""}', $6, '{}')`,
      [other, finding, keys.plain, ofFinding[2]!.startedAt, ofFinding[0]!.startedAt, { apiKeyId: typeId('key', keys.plain) }],
    );
    const make = async (filter: object) => {
      const { status, json } = await call('/v1/holds', { as, body: { reason: 'Kept', filter } });
      expect(status).toBe(201);
      more.push(json.id);
    };
    await make({ incidentId: incident });
    await make({ findingId: typeId('fnd', finding), status: '2xx' });
    await t.sql(`update finding set filter = '{"path":"/elsewhere"}', began_at = now(), ended_at = now() where id = $1`, [finding]);
    for (const { id } of [ofIncident[0]!, ofFinding[1]!])
      expect((await call(`/v1/audit-logs/${typeId('log', id)}/retention`, { as })).json.heldBy).toEqual([{ kind: 'legal', id: expect.stringMatching(/^hld_/), name: 'Kept' }]); // prettier-ignore
    held.push(...[...ofIncident, ...ofFinding].map(({ id }) => id));
    // Only so many at once.
    await t.sql(`insert into hold (organization_id, id, reason, filter, created_at, created_by, created_by_name) select $1, gen_random_uuid(), 'Many', '{}', now(), $2, 'A' from generate_series(1, 97)`, [other, people[as].id]); // prettier-ignore
    expect((await call('/v1/holds', { as, body: { reason: 'x' } })).json).toMatchObject({ status: 409, code: 'too_many_holds' });
    await t.sql(`delete from hold where reason = 'Many'`);
  });

  it('the purge is killed between two steps and inside one, goes on, and every number is accounted for', async () => {
    // An incident about the other key holds what was confirmed as its extent.
    // Opened while a step works, it waits for its end.
    const [opened] = await holding(t, `select 1 from organization where id = '${other}' for no key update`, async () => {
      const asked = call('/v1/incidents', { as, body: { title: 'Leak' } });
      await waitsForLock(t, '%organization%for no key update%');
      return [asked] as const;
    });
    const incident = (await opened).json.id as string;
    await t.sql(`insert into incident_subject (organization_id, incident_id, kind, reference, added_at) values ($1, $2, 'key', $3, now())`, [other, parseId('inc', incident), keys.plain]); // prettier-ignore
    await t.sql('update incident set scope_from = $2, scope_to = $3 where id = $1', [
      parseId('inc', incident),
      daysAgo(30.0055),
      daysAgo(29),
    ]);
    await change({ plan: 'starter', confirm: true });
    aheadMs = 8 * DAY_MS;
    session = await t.signIn('stranger');
    // A clock that has leapt deletes nothing: neither one that PostgreSQL does not share, nor one that it does, before it has said so for a night.
    const old = async () =>
      (await t.sql('select 1 from audit_log where organization_id = $1 and occurred_at < $2', [other, daysAgo(2)])).length;
    const before = await old();
    purge.databaseNow = () => Promise.resolve(new Date());
    await expect(purge.run(pace)).rejects.toThrow('11,520 minutes ahead of that of PostgreSQL');
    purge.databaseNow = () => Promise.resolve(now());
    await expect(purge.run(pace)).rejects.toThrow('the last purge was 8 days ago');
    await expect(purge.run(pace)).rejects.toThrow('Nothing was purged');
    expect([await old(), await certificates()]).toEqual([before, []]);
    expect(await t.sql('select kept_days from organization where id = $1', [other])).toEqual([{ kept_days: 400 }]);
    await t.sql(`update purge_clock set doubted_at = doubted_at - interval '21 hours'`);
    const stop = new AbortController();
    const stopping = { ...pace, get signal() { return stop.signal; } }; // prettier-ignore
    await holding(t, 'lock table purge_progress in exclusive mode', async () => {
      const run = purge.run(pace).catch((error: unknown) => error);
      await waitsForLock(t, '%purge_progress%');
      // As a kill would: the server loses the connection in the middle of a step.
      await t.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and query like '%purge_progress%'`,
      );
      expect(await run).toBeInstanceOf(Error);
    });
    await addsUp();
    expect(await certificates()).toEqual([]);
    // The first step is done, and nothing after it.
    let stopped: Promise<unknown> = Promise.resolve();
    await holding(t, `select 1 from organization where id = '${other}' for update`, async () => {
      stopped = purge.run(stopping).catch((error: unknown) => error);
      await waitsForLock(t, '%from organization where id%');
      stop.abort();
    });
    expect(await stopped).toBeInstanceOf(Stopped);
    expect((await t.sql('select rows from purge_progress where organization_id = $1', [other])).length).toBe(1);
    expect(await purge.unfinished()).toBe(true);
    const [{ rows: gone } = { rows: '' }] = await t.sql<{ rows: string }>('select rows from purge_progress where organization_id = $1', [
      other,
    ]);
    expect((await call('/v1/purge-certificates', { as })).json.inProgress).toEqual({
      since: expect.any(String),
      records: Number(gone),
      months: [],
    });
    await addsUp();
    // What cannot be purged of one, because one of its holds cannot be read, is no reason to keep what is of the others.
    await t.sql(`insert into hold (organization_id, id, reason, filter, created_at, created_by, created_by_name) values ($1, $2, 'Broken', '{"color":"red"}', now(), $2, 'A')`, [home, newId()]); // prettier-ignore
    await expect(purge.run(pace)).rejects.toThrow('Of 1 organizations or months');
    expect(await t.sql('select 1 from purge_progress where organization_id = $1', [other])).toEqual([]);
    await t.sql(`delete from hold where reason = 'Broken'`);
    await purge.run(pace);
    expect(await purge.unfinished()).toBe(false);
    await addsUp();
    await addsUp(home);
  });

  it('what was held is there, what was not is gone, and the certificates say so', async () => {
    const left = await t.sql<{ id: string; days: number }>(
      `select id from audit_log where organization_id = $1 and occurred_at < $2 order by id`,
      [other, daysAgo(4)],
    );
    const ofIncident = stored.slice(40, 70).filter(({ apiKeyId, startedAt }) => apiKeyId === keys.plain && startedAt >= daysAgo(30.0055));
    expect(ofIncident.length).toBeGreaterThan(2);
    expect(left.map(({ id }) => id).sort()).toEqual([...held, ...ofIncident.map(({ id }) => id)].sort());
    // A larger plan shows them again, without their counters.
    const larger = (await call('/v1/plan/preview', { as, body: { plan: 'enterprise' } })).json;
    expect(larger.consequences).toContainEqual(expect.objectContaining({ what: 'heldRecords', count: left.length, stops: false }));
    const all = await certificates();
    const purged = all.reduce((sum: number, { records: rows }: { records: number }) => sum + rows, 0);
    // And what the spec asked for itself before the clock was moved.
    expect(purged).toBeGreaterThanOrEqual(90 - held.length - ofIncident.length);
    for (const one of all) {
      expect(one).toMatchObject({ by: 'retention', policy: { plan: 'starter', retentionDays: 7, keptDays: 7 } });
      const ranges = one.sequences as { from: number; to: number }[];
      expect(ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)).toBe(one.records);
      const [row] = await t.sql('select 1 from audit_log where organization_id = $1 and sequence = any($2)', [
        other,
        ranges.map(({ from }) => from),
      ]);
      expect(row).toBeUndefined();
    }
    expect(all.at(-1).others).toMatchObject({ counters: expect.any(Number) });
    // No counter and no user agent of what is gone.
    const [old] = await t.sql(`select 1 from audit_rollup where organization_id = $1 and minute < $2`, [
      other,
      Math.floor((now().getTime() - 9 * DAY_MS) / 60_000),
    ]);
    expect(old).toBeUndefined();
    // In home nothing was past its time, so its month stays.
    expect(await t.sql('select 1 from audit_log where organization_id = $1 and occurred_at < $2', [home, daysAgo(299)])).toHaveLength(12);
    await expect(t.sql('set role pinebill_app; delete from purge_certificate')).rejects.toThrow('permission denied');
    await t.sql('reset role');
  });

  it('certificates are evidence that can be exported', async () => {
    const { json } = await call('/v1/exports', { as, body: { format: 'jsonl', source: 'evidence' } });
    await comesTrue(t, `select 1 from export where state = 'ready'`);
    const file = await call(`/v1/exports/${json.id}/download?file=${json.id}.purge-certificates.jsonl`, { as });
    expect(file.text.trim().split('\n').map((line) => (JSON.parse(line) as { id: string }).id)).toEqual((await certificates()).map(({ id }: { id: string }) => id).reverse()); // prettier-ignore
  });

  it('released, the month goes as a whole once nobody has anything in it that must stay', async () => {
    const released = await call(`/v1/holds/${hold.id}/release`, { as, body: { reason: 'Settled' } });
    expect(released.json).toMatchObject({ state: 'released', releaseReason: 'Settled', releasedBy: { name: 'A stranger' } });
    expect((await call(`/v1/holds/${hold.id}/release`, { as, body: { reason: 'again' } })).json.code).toBe('hold_released');
    for (const id of more) await call(`/v1/holds/${id}/release`, { as, body: { reason: 'Settled' } });
    // The copies stayed as long as the records did.
    expect(await t.sql('select 1 from incident_evidence where organization_id = $1', [other])).toHaveLength(2);
    await t.sql(`update organization set plan = 'business' where id = $1`, [home]);
    const months = async () => (await t.sql<{ name: string }>(`select relname as name from pg_class where relname ~ '^audit_log_\\d{4}_\\d\\d$' order by 1`)).map(({ name }) => name); // prettier-ignore
    const before = await months();
    // A hold that is made after all were asked, and before the month is out of the log, holds.
    const late = `insert into hold (organization_id, id, reason, filter, created_at, created_by, created_by_name) values ('${home}', '${newId()}', 'Late', '{}', now(), '${people.admin.id}', 'A')`;
    const [run] = await holding(t, late, async () => {
      const going = purge.run(pace);
      await waitsForLock(t, '%lock table%');
      return [going];
    });
    await run;
    expect(await months()).toEqual(before);
    await t.sql(`delete from hold where reason = 'Late'`);
    // Somebody who reads for long keeps the month, and the rest goes on.
    await holding(t, `lock table audit_log in access share mode`, () => purge.run(pace));
    await addsUp();
    // More user agents than one step looks at, of a month that is over.
    await t.sql(`insert into audit_agent select $1, 1000000 + n, 1, 0, decode(md5(n::text), 'hex'), 'old-' || n from generate_series(1, 501) n`, [other]); // prettier-ignore
    await storeRecords(t, [1, 2, 3].map(() => aRecord({ organizationId: home, startedAt: daysAgo(300) }))); // prettier-ignore
    // Taken out of the log, and not counted: nobody reads them, and no certificate has them.
    await t.sql(`alter table purge_certificate add constraint spec_refuses check (how <> 'dropped') not valid`);
    // Whoever changes between two attempts is asked again without the lock.
    const statements = await statementsOf(() => expect(purge.run(pace)).rejects.toThrow('organizations or months'), {
      before: 'lock table organization',
      first: () => t.sql('update organization set name = name where id = $1', [home]),
    });
    const [locked] = statements.filter((all) => all.some((sql) => sql.includes('detach partition')));
    expect(locked!.filter((sql) => /from organization where id/.test(sql))).toEqual([]);
    // Nor does anything but records and evidence, which holds keep, take the organization from whoever contains an incident.
    const derived = statements.filter((all) => all.some((sql) => /(from|delete from) (audit_agent|audit_rollup|api_key_hour)/.test(sql)));
    expect([derived.length > 3, derived.flat().filter((sql) => sql.includes('for no key update'))]).toEqual([true, []]);
    expect(await t.sql(`select 1 from audit_agent where user_agent like 'old-%'`)).toEqual([]);
    const cookie = await t.signIn('admin');
    const inProgress = async () => (await t.call('/v1/purge-certificates', { headers: { cookie, origin: t.url } })).json.inProgress;
    const month = new Date(daysAgo(300));
    const [from, to] = [0, 1].map((plus) => new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + plus)).toISOString());
    expect(await inProgress()).toEqual({ since: null, records: 0, months: [{ from, to }] });
    await t.sql('alter table purge_certificate drop constraint spec_refuses');
    const dropped = await purge.run(pace).then(certificates);
    expect(await inProgress()).toBeNull();
    expect((await months()).length).toBeLessThan(before.length);
    expect(dropped.map(({ how }: { how: string }) => how)).toContain('deleted');
    await addsUp();
    await addsUp(home);
    expect(await t.sql(`select 1 from pg_class where relname like 'purged%'`)).toEqual([]);
    expect(await t.sql('select 1 from incident_evidence where organization_id = $1', [other])).toEqual([]);
    const [how] = await t.sql(`select how, rows from purge_certificate where organization_id = $1 and rows > 0 order by rows desc`, [home]);
    expect(how).toMatchObject({ rows: '12' });
  });
});
