/** From records to findings and to what people do about them, over the real log: what is found, once, whatever is stopped and when. */
import { DetectionRunner } from './detection-runner.jobs';
import { DetectionSteps } from './detection-steps.service';
import { FindingKeeper } from './finding-keeper';
import { FindingListeners } from './finding-listener';
import { replay } from './replay';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { ReadinessCheck } from '../platform/readiness';
import { DataSource } from 'typeorm';
import { Tenant } from '../database/tenant';
import { Clock } from '../platform/clock';
import { parseId, typeId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { organizations, people, startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

const MINUTE = 60_000;
const ago = (minutes: number, index = 0) => new Date(Date.now() - minutes * MINUTE + index * 1_000).toISOString();
const refused = (ip: string, index: number, fields: object = {}) =>
  aRecord({ startedAt: ago(10, index), ip, status: 401, reason: 'unknown_key', ...fields });
const burst = (ip: string, count = 40, fields: object = {}) => Array.from({ length: count }, (_, index) => refused(ip, index, fields));
const look = () => t.app.get(DetectionRunner).look();
/** When nothing comes, time alone is worth a look after some seconds. */
const lookLater = async (minutes = 1) => {
  t.app.get(Clock).now = () => new Date(Date.now() + minutes * MINUTE);
  await look();
};
afterEach(() => {
  t.app.get(Clock).now = () => new Date();
});
const findings = async (query: string) => (await t.call(`/v1/findings?${query}`, { as: 'admin' })).json.data;
const found = async (ip: string) => {
  await storeRecords(t, burst(ip));
  await look();
  await lookLater();
  return (await findings(`subject=${ip}`))[0];
};

it('notices a burst, explains it, and finds its rows in the log', async () => {
  await storeRecords(t, [...burst('203.0.113.7'), ...burst('203.0.113.8', 40, { actorType: 'user', actorId: people.member.id })]);
  await look();
  expect(await findings('')).toMatchObject([{ count: 25 }]);
  await lookLater();
  const [finding, ...others] = await findings('state=open&detector=unauthorizedBurst');
  expect(finding).toMatchObject({
    ...{
      title: 'High volume of 401 errors',
      subject: { kind: 'address', id: '203.0.113.7', name: '203.0.113.7' },
      state: 'open',
      count: 40,
    },
    ...{ filter: { ip: '203.0.113.7', status: '401' }, incidentId: null, decision: null },
  });
  // What people do at the console is not looked at.
  expect(others).toEqual([]);
  const { json } = await t.call(`/v1/findings/${finding.id}`, { as: 'admin' });
  // Beside another organization, nobody's requests are for admins, and so is what is found in them.
  const { json: ofMember } = await t.call('/v1/findings', { as: 'member' });
  expect([ofMember.data, (await t.call(`/v1/findings/${finding.id}`, { as: 'member' })).status]).toEqual([[], 404]);
  expect(json).toMatchObject({
    ...{ seen: { refusedInWindow: 40 }, threshold: { refusedInWindow: 25 }, document: 'docs/detectors/unauthorized-burst.md' },
    ...{ samples: expect.arrayContaining([expect.objectContaining({ ip: '203.0.113.7', status: 401 })]) },
  });
  expect(json.samples.map(({ id }: { id: string }) => id)).toEqual(json.sampleIds);
  expect([json.causes.length > 0, json.advice.length > 0]).toEqual([true, true]);
  const rows = async (filter: string) => (await t.call(`/v1/audit-logs?limit=200&${filter}`, { as: 'admin' })).json.data;
  const own = await rows(`findingId=${finding.id}`);
  expect([own.length, new Set(own.map(({ ip }: { ip: string }) => ip))]).toEqual([40, new Set(['203.0.113.7'])]);
  expect((await rows(`findingId=!${finding.id}&status=401`)).length).toBe(40);
  expect(await rows(`findingId=${typeId('fnd', people.admin.id)}`)).toEqual([]);
  // Looked at again, there is nothing new, and nothing is told twice.
  await look();
  expect((await findings('')).length).toBe(1);
});

it('does not find again what a person has called normal, until that is taken back', async () => {
  const { id } = await found('198.51.100.1');
  const because = { because: 'A scanner of our own' };
  expect((await t.call(`/v1/findings/${id}/normal`, { as: 'member', body: because })).status).toBe(403);
  const { json } = await t.call(`/v1/findings/${id}/normal`, { as: 'admin', body: because });
  expect(json).toMatchObject({ state: 'normal', decision: { by: 'A admin', because: 'A scanner of our own' } });
  // Another episode: two hours later the one before is over.
  const later = (hours: number) => burst('198.51.100.1').map((record, index) => ({ ...record, startedAt: ago(10 - hours * 60, index) }));
  await storeRecords(t, later(2));
  await lookLater(120);
  expect(await findings('subject=198.51.100.1')).toMatchObject([{ id, state: 'normal' }]);
  await t.call(`/v1/findings/${id}/normal`, { as: 'admin', method: 'DELETE' });
  await storeRecords(t, later(4));
  await lookLater(240);
  expect((await findings('subject=198.51.100.1&state=open')).length).toBe(2);
  const { data } = (await t.call('/v1/activity?action=finding.*&limit=10', { as: 'admin' })).json;
  expect(data.map(({ action }: { action: string }) => action)).toEqual(['finding.normal_taken_back', 'finding.called_normal']);
});

it('opens one incident from a finding, with its subject and its samples as evidence', async () => {
  const finding = await found('198.51.100.2');
  const { json } = await t.call(`/v1/findings/${finding.id}/incident`, { as: 'admin', method: 'POST' });
  const { json: incident } = await t.call(`/v1/incidents/${json.incidentId}`, { as: 'admin' });
  expect(incident).toMatchObject({
    ...{ title: 'High volume of 401 errors: 198.51.100.2', openedFrom: { kind: 'finding', references: [finding.id] } },
    ...{ subjects: [{ kind: 'address', id: '198.51.100.2' }], counts: { evidence: finding.sampleIds.length } },
  });
  const again = await t.call(`/v1/findings/${finding.id}/incident`, { as: 'admin', method: 'POST' });
  expect([again.status, again.json.code]).toEqual([409, 'finding_has_incident']);
});

it('finds the same, each once, wherever it is stopped: between two steps, within one, or by a second process at once', async () => {
  const organizationId = organizations.other;
  const mine = (records: ReturnType<typeof burst>) => records.map((record) => ({ ...record, organizationId }));
  const quiet = Array.from({ length: 200 }, (_, index) => aRecord({ startedAt: ago(60 - index / 4), ip: `192.0.2.${index % 50}` }));
  const bursts = [1, 2, 3].flatMap((number) => burst(`203.0.113.${number}`, 50, { startedAt: ago(40 - number * 10) }));
  await storeRecords(t, mine([...quiet, ...bursts].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))));
  const listeners = new FindingListeners();
  const [tenant, clock] = [t.app.get(Tenant), t.app.get(Clock)];
  const told: string[] = [];
  let killed = 0;
  listeners.add({
    findingChanged: async (tx, _organization, finding, change) => {
      if (change !== 'opened') return;
      // Each first time, the connection dies in the middle of its transaction.
      if (killed > told.length) return void told.push(finding.subject_ref);
      killed += 1;
      const [backend] = await tx.query<{ pid: number }[]>('select pg_backend_pid() as pid');
      await t.sql('select pg_terminate_backend($1)', [backend?.pid]);
      await tx.query('select 1');
    },
  });
  // Whoever is started anew remembers nothing.
  const aProcess = () => Object.assign(new DetectionSteps(tenant, clock, new FindingKeeper(listeners)), { batch: 37 });
  for (let steps = 0; steps < 100; steps++) {
    const [first] = await Promise.allSettled([aProcess().step(organizationId), aProcess().step(organizationId)]);
    if (first.status === 'fulfilled' && first.value.moved && !first.value.more) break;
  }
  expect([told, killed]).toEqual([['203.0.113.1', '203.0.113.2', '203.0.113.3'], 3]);
  const stored = await t.sql<{ subject_ref: string; episode: string; count: string; samples: string[] }>(
    'select subject_ref, episode, count, samples from finding where organization_id = $1 order by began_at',
    [organizationId],
  );
  const again = await tenant.run({ organizationId }, (tx) =>
    replay(tx, organizationId, (engine, stride) => aProcess().take(engine, stride)),
  );
  expect(
    [...again.values()].map(({ subject, episode, count, samples }) => ({
      subject_ref: subject.id,
      episode,
      count: String(count),
      samples,
    })),
  ).toEqual(stored);
  expect(stored.length).toBe(3);
});

it('keeps a finding that somebody could not be told of, and tells again', async () => {
  const listeners = new FindingListeners();
  const tries: string[] = [];
  listeners.add({
    findingChanged: async (tx, _organization, finding, change) => {
      tries.push(`${finding.subject_ref} ${change}`);
      if (tries.length === 1) await tx.query('select no_such_column from finding');
      // It took too long, or waited for somebody: its own trouble as well.
      if (tries.length === 2) await tx.query(`do $$ begin raise 'too long' using errcode = '57014'; end $$`);
    },
  });
  const steps = new DetectionSteps(t.app.get(Tenant), t.app.get(Clock), new FindingKeeper(listeners));
  await storeRecords(t, burst('198.51.100.3', 25));
  await steps.step(organizations.home);
  expect((await findings('subject=198.51.100.3')).length).toBe(1);
  // Nothing has to come for it.
  const looksSoon = async () => (await t.sql('select from detection_cursor where organization_id = $1 and look_at <= $2', [organizations.home, new Date(Date.now() + 15_000)])).length === 1; // prettier-ignore
  expect(await looksSoon()).toBe(true);
  for (let times = 0; times < 2; times++) {
    await storeRecords(t, [aRecord({ startedAt: ago(0) })]);
    await steps.step(organizations.home);
  }
  expect(tries).toEqual(Array.from({ length: 3 }, () => '198.51.100.3 opened'));
});

it('looks at what people do at the console when it is asked for, and a clock that is ahead is not believed', async () => {
  const ofPeople = (ip: string) => burst(ip, 40, { actorType: 'user', actorId: people.member.id, startedAt: ago(0) });
  const change = (as: 'admin' | 'member', body: object) => t.call('/v1/detection', { as, method: 'PATCH', body });
  expect((await change('member', { includesPeople: true })).status).toBe(403);
  expect((await change('admin', { includesPeople: true })).json).toMatchObject({ includesPeople: true });
  await storeRecords(t, ofPeople('198.51.100.4'));
  const steps = t.app.get(DetectionSteps);
  // Not by the API: whoever asks it is a request more to look at.
  const until = async () => {
    const [row] = await t.sql<{ at: Date }>('select advanced_until as at from detection_cursor where organization_id = $1', [organizations.home]); // prettier-ignore
    return row?.at.getTime() ?? 0;
  };
  // Of this machine alone, by a day.
  const lookIn = async (days: number) => {
    t.app.get(Clock).now = () => new Date(Date.now() + days * 1_440 * MINUTE);
    await look();
    t.app.get(Clock).now = () => new Date();
  };
  steps.processTime = () => Date.now() + 1_440 * MINUTE;
  await lookIn(1);
  expect([(await findings('subject=198.51.100.4')).length, (await until()) < Date.now() + MINUTE]).toEqual([1, true]);
  steps.processTime = () => Date.now();
  // Of both: it is told wrong as soon as nothing comes, and put right with the next calls.
  for (let days = 1; (await until()) <= Date.now() + MINUTE; days++) await lookIn(days);
  expect((await change('admin', { includesPeople: false })).json.includesPeople).toBe(false);
  await storeRecords(t, ofPeople('198.51.100.5'));
  await storeRecords(t, burst('198.51.100.6', 40, { startedAt: ago(0) }));
  await look();
  expect([await findings('subject=198.51.100.5'), (await findings('subject=198.51.100.6')).length, (await until()) <= Date.now()]).toEqual([[], 1, true]); // prettier-ignore
});

it('goes on with the other organizations when one cannot be looked at', async () => {
  t.app.get(DetectionSteps).forget();
  await t.sql(`create function slow() returns trigger language plpgsql as $$ begin raise 'too long: %', new.organization_id using errcode = '57014'; end $$; create trigger slow
    before insert on detection_step for each row when (new.organization_id = '${organizations.other}') execute function slow()`); // prettier-ignore
  await storeRecords(t, [
    ...burst('192.0.2.1'),
    ...burst('192.0.2.2').map((record) => ({ ...record, organizationId: organizations.other })),
  ]);
  const rests = jest.spyOn(t.app.get<unknown>(DetectionRunner) as { pause(ms: number): Promise<void> }, 'pause');
  await look();
  await t.sql('drop trigger slow on detection_step; drop function slow');
  // Also after a step that leaves nothing waiting: many small logs are as much work as a large one.
  expect(rests.mock.calls).not.toEqual([]);
  rests.mockRestore();
  expect((await findings('subject=192.0.2.1')).length).toBe(1);
  const behind = await t.sql<{ organization_id: string }>(
    `select organization_id from detection_cursor c join audit_head h using (organization_id) where c.sequence < h.sequence`,
  );
  // What the spec itself asks is recorded too, so the first one may have something new.
  expect(behind).toContainEqual({ organization_id: organizations.other });
  // Whoever asks is told that it stands still: the organization how often, the operator why.
  const { json } = await t.call('/v1/detection', { as: 'admin' });
  expect(json).toMatchObject({ failures: 0, since: expect.any(String) });
  const readiness = t.app.get(ReadinessCheck);
  expect((await readiness.check()).warnings.map(({ code }) => code)).not.toContain('detection_behind');
  t.app.get(Clock).now = () => new Date(Date.now() + 6 * MINUTE);
  const { warnings, parts } = await readiness.check();
  expect(parts.detection).toMatchObject({ failing: 1, lastError: 'A statement took longer than it may.' });
  expect(warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(['detection_failing', 'detection_behind']));
});

it('one process looks until it ends, and then another one does', async () => {
  const aRunner = () =>
    new DetectionRunner(t.app.get(DataSource), t.app.get(ExclusiveJobs), t.app.get(DetectionSteps), t.app.get(Clock), { detection: true });
  const [first, second] = [aRunner(), aRunner()];
  const isLed = async (ip: string) => {
    while ((await findings(`subject=${ip}`)).length === 0) second.lead();
  };
  await storeRecords(t, burst('192.0.2.11'));
  first.lead();
  await isLed('192.0.2.11');
  // Whoever has no lock asks again, and does nothing else.
  const locks = await t.sql(`select pid from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
    and ((classid::bigint << 32) | objid::bigint) = hashtextextended('job:detection', 0)`); // prettier-ignore
  expect(locks.length).toBe(1);
  await first.onModuleDestroy();
  await storeRecords(t, burst('192.0.2.12'));
  await isLed('192.0.2.12');
  await second.onModuleDestroy();
});

it('drafts normal usage from the log; a person changes and approves it, and older versions stay', async () => {
  const { json: key } = await t.call('/v1/api-keys', { as: 'admin', body: { name: 'Billing sync', scopes: ['invoices:read'] } });
  const calls = Array.from({ length: 120 }, (_, index) =>
    aRecord({
      ...{ startedAt: ago(index), actorType: 'apiKey', apiKeyId: parseId('key', key.id), apiKeyName: key.name, apiKeyState: 'active' },
      ...{ ip: '203.0.113.9', country: 'DE', userAgent: index % 3 === 1 ? null : 'billing-sync/2.1 node', status: index === 5 ? 401 : 200 },
    }),
  );
  await storeRecords(t, calls);
  const draft = async () => t.call('/v1/baselines', { as: 'admin', body: { apiKeyId: key.id } });
  const { json: first } = await draft();
  expect(first).toMatchObject({
    ...{ version: 1, state: 'draft', apiKey: { id: key.id, name: 'Billing sync' }, draftedBy: 'A admin', approvedAt: null },
    ...{ networks: ['203.0.113.0/24'], agents: ['billing-sync/', 'unnamed'], endpoints: ['GET /v1/invoices'], countries: ['DE'] },
    ...{ observed: { requests: 119, limitedBy: null } },
  });
  expect((await draft()).json.code).toBe('draft_exists');
  const change = (id: string, body: object) => t.call(`/v1/baselines/${id}`, { as: 'admin', method: 'PATCH', body });
  const hours = [{ days: [5, 1], fromHour: 6, toHour: 20 }];
  expect((await change(first.id, { hours: [{ ...hours[0], toHour: 6 }] })).json.issues).toMatchObject([{ pointer: '/hours/0/toHour' }]);
  const { json: changed } = await change(first.id, { hours, networks: ['203.0.113.9'], agents: null });
  expect(changed).toMatchObject({ hours: [{ days: [1, 5] }], networks: ['203.0.113.9/32'], agents: null, countries: ['DE'] });
  const approve = (id: string) => t.call(`/v1/baselines/${id}/approve`, { as: 'admin', method: 'POST' });
  expect((await approve(first.id)).json).toMatchObject({ state: 'approved', approvedBy: 'A admin' });
  expect((await change(first.id, { agents: null })).json.code).toBe('illegal_transition');
  // Changed from what is in force, nothing of it is lost.
  const current = await t.call('/v1/baselines', { as: 'admin', body: { apiKeyId: key.id, from: 'current' } });
  expect(current.json).toMatchObject({ version: 2, state: 'draft', hours: [{ days: [1, 5] }], networks: ['203.0.113.9/32'], agents: null });
  await t.call(`/v1/baselines/${current.json.id}`, { as: 'admin', method: 'DELETE' });
  expect((await t.call('/v1/baselines', { as: 'admin', body: { from: 'current' } })).status).toBe(404);
  const { json: second } = await draft();
  await approve(second.id);
  const { data } = (await t.call(`/v1/baselines?apiKeyId=${key.id}`, { as: 'member' })).json;
  expect(data).toMatchObject([
    { version: 2, state: 'approved' },
    { version: 1, state: 'superseded', approvedBy: 'A admin', networks: ['203.0.113.9/32'] },
  ]);
  // The next step of detection goes by it.
  await storeRecords(t, [aRecord({ startedAt: ago(0) })]);
  await look();
  const [{ document } = { document: {} }] = await t.sql<{ document: { keys?: Record<string, object> } }>(
    `select p.document from detection_cursor c join detection_profile p on p.organization_id = c.organization_id and p.id = c.profile_id
     where c.organization_id = $1`,
    [organizations.home],
  );
  expect(document.keys?.[key.id]).toMatchObject({ networks: ['203.0.113.0/24'], countries: ['DE'] });
});
