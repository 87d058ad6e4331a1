/** Two organizations that have one of everything, and what their people and programs call with. */
import { createHash } from 'node:crypto';
import { keySecret, scopes, type Role, type Scope } from '@pinebill/contract';
import { ExportWorker } from '../exports/export-worker.jobs';
import { hashSessionToken } from '../organizations/session-token';
import { newId, parseId, typeId, type IdPrefix } from '../platform/ids';
import { organizations, people, type Answer, type TestApp } from '../testing/test-app';
import type { Ids } from './bodies';
import * as as from './callers';
import type { Caller, Whose } from './callers';
import type { Operation } from './document';

export type World = {
  callers: readonly Caller[];
  own: Readonly<Record<Whose, Ids>>;
  /** What must not be in an answer to somebody who acts elsewhere: the names and ids of an organization. */
  marks: Readonly<Record<Whose, RegExp>>;
};

/** Of the sessions that callers use up. */
export const CALLERS_AGENT = 'a caller of the matrix';
/** In every name, so that an answer that shows it to somebody else is noticed. */
const markOf = { home: 'zzhome', other: 'zzother' } as const;

export async function makeWorld(t: TestApp, operations: readonly Operation[]): Promise<World> {
  await makePeople(t);
  await openSessions(t, operations);
  const own = { home: await belongings(t, 'home'), other: await belongings(t, 'other') };
  await t.sql(
    `insert into audit_quarantine (journal_id, journal_offset, organization_id, record, error, quarantined_at)
     select $1::uuid, n, $2::uuid, '\\x7b7d'::bytea, 'refused', now() from generate_series(1, 2) n`,
    [newId(), organizations.home],
  );
  const callers = [as.nobody, ...strangers, ...personsOf(t), ...(await programs(t))];
  const marks = { home: marksOf('home', own.home), other: marksOf('other', own.other) };
  return { callers, own, marks };
}

const marksOf = (whose: Whose, ids: Ids): RegExp =>
  new RegExp([markOf[whose], ...Object.values(ids), typeId('usr', people[adminOf[whose]].id)].join('|'));

/** Besides the people of the template. `both` is an admin of home as well. */
const more = {
  suspended: { of: 'home', role: 'admin' },
  removed: { of: 'home', role: 'admin' },
  newcomer: { of: 'home', role: 'admin' },
  otherMember: { of: 'other', role: 'member' },
  otherGuest: { of: 'other', role: 'guest' },
  unprotected: { of: 'other', role: 'admin' },
  both: { of: 'other', role: 'guest' },
} as const;
type Known = 'admin' | 'member' | 'guest' | 'stranger' | keyof typeof more;
const userIds = Object.fromEntries(Object.keys(more).map((name) => [name, newId()])) as Record<keyof typeof more, string>;
const userId = (who: Known): string => (who in userIds ? userIds[who as keyof typeof more] : people[who as keyof typeof people].id);
const organizationOf = (who: Known): Whose => (who in more ? more[who as keyof typeof more].of : who === 'stranger' ? 'other' : 'home');

async function makePeople(t: TestApp): Promise<void> {
  for (const whose of as.organizationsOfWorld)
    await t.sql('update organization set name = $2, require_second_factor_for_admins = $3 where id = $1', [
      ...[organizations[whose], `${markOf[whose]} Ltd`, whose === 'other'],
    ]);
  await t.sql(`update app_user set name = case when id = $1 then 'zzother' else 'zzhome' end || ' ' || name`, [people.stranger.id]);
  for (const [name, { of, role }] of Object.entries(more)) {
    const id = userId(name as Known);
    // `both` is no secret in either of them.
    const shown = name === 'both' ? 'A guest who is an admin elsewhere' : `${markOf[of]} ${name}`;
    await t.sql(
      `insert into app_user (id, email, name, password_hash, must_change_password, created_at)
       select $1, $2, $3, password_hash, $4, now() from app_user where id = $5`,
      [id, `${name.toLowerCase()}@matrix.example`, shown, name === 'newcomer', people.admin.id],
    );
    if (name !== 'removed') await join(t, id, { of, role });
  }
  await join(t, userIds.both, { of: 'home', role: 'admin' });
  await t.sql('update membership set suspended_at = now() where user_id = $1', [userIds.suspended]);
  // Theirs is a second factor already: so nobody begins to set one up.
  await t.sql(
    `insert into second_factor (user_id, secret, created_at, confirmed_at, last_step, failed_count)
     select id, '\\x00'::bytea, now(), now(), 0, 0 from app_user where id <> $1`,
    [userIds.unprotected],
  );
}

const join = (t: TestApp, user: string, { of, role }: { of: Whose; role: string }) =>
  t.sql('insert into membership (id, organization_id, user_id, role, created_at) values ($1, $2, $1, $3, now())', [
    ...[user, organizations[of], role],
  ]);

/** `luredAway`, `luredBlindly`: alive as well, and nobody else's to sign out of. */
type SessionKind = 'live' | 'luredAway' | 'luredBlindly' | 'ended' | 'idle' | 'expired';
/** One for each operation, because a session has a limit, and because signing out is one of them. */
const tokenOf = (who: Known, kind: SessionKind, operation: string): string =>
  createHash('sha256').update(`${who} ${kind} ${operation}`).digest('base64url');
const cookieOf = (t: TestApp, who: Known, kind: SessionKind = 'live', origin: string | null = t.url): Caller['headers'] => {
  const from: Record<string, string> = origin === null ? {} : { origin };
  return ({ name }) => ({ cookie: `pinebill_session=${tokenOf(who, kind, name)}`, ...from });
};

async function openSessions(t: TestApp, operations: readonly Operation[]): Promise<void> {
  const everybody = [...Object.keys(more), 'admin', 'member', 'guest', 'stranger'] as Known[];
  const kinds: [Known, SessionKind][] = [
    ...everybody.map((who): [Known, SessionKind] => [who, 'live']),
    ...(['luredAway', 'luredBlindly', 'ended', 'idle', 'expired'] as const).map((kind): [Known, SessionKind] => ['admin', kind]),
  ];
  for (const [who, kind] of kinds) {
    await t.sql(
      `insert into user_session (id, token_hash, user_id, organization_id, created_at, last_seen_at, expires_at, ended_at, user_agent)
       select gen_random_uuid(), hash, $2, $3, now(), now() - $4::interval, now() + $5::interval, $6::timestamptz, $7
       from unnest($1::bytea[]) hash`,
      [
        operations.map(({ name }) => hashSessionToken(tokenOf(who, kind, name))),
        ...[userId(who), organizations[organizationOf(who)], kind === 'idle' ? '12 hours 1 second' : '0'],
        ...[kind === 'expired' ? '0' : '1 day', kind === 'ended' ? new Date() : null, CALLERS_AGENT],
      ],
    );
  }
}

function personsOf(t: TestApp): Caller[] {
  const someone = (name: string, who: Known, role: Role, headers = cookieOf(t, who)) => ({
    ...{ name, who, role, of: organizationOf(who), headers },
  });
  const admin = (how: string, headers: Caller['headers']) => someone(`admin, ${how}`, 'admin', 'admin', headers);
  return [
    as.person(someone('admin', 'admin', 'admin')),
    as.person(someone('member', 'member', 'member')),
    as.person(someone('guest', 'guest', 'guest')),
    as.person(someone('admin elsewhere', 'stranger', 'admin')),
    as.asDescribedOnly(as.person(someone('member elsewhere', 'otherMember', 'member'))),
    as.asDescribedOnly(as.person(someone('guest elsewhere', 'otherGuest', 'guest'))),
    as.person({ ...someone('guest elsewhere who is an admin here', 'both', 'guest'), belongsTo: ['home', 'other'] }),
    as.formerly(someone('suspended admin, session row alive', 'suspended', 'admin')),
    as.asDescribedOnly(as.formerly(someone('removed admin, session row alive', 'removed', 'admin'))),
    ...(['ended', 'idle', 'expired'] as const).map((kind) =>
      as.asDescribedOnly(as.formerly(admin(`session ${kind}`, cookieOf(t, 'admin', kind)))),
    ),
    as.askedFirst(someone('admin, password by another', 'newcomer', 'admin'), 'password_change_required'),
    as.askedFirst(someone('admin elsewhere, no second factor', 'unprotected', 'admin'), 'second_factor_enrolment_required'),
    as.lured(admin('from another site', cookieOf(t, 'admin', 'luredAway', 'https://evil.example'))),
    as.lured(admin('from who knows where', cookieOf(t, 'admin', 'luredBlindly', null))),
  ];
}

const strangers = [
  as.stranger('key that was never made', `Bearer ${keySecret('m'.repeat(30))}`),
  as.asDescribedOnly(as.stranger('nonsense for a key', 'Bearer pbk_nonsense')),
  as.asDescribedOnly(as.stranger('key with a wrong checksum', `Bearer pbk_${'a'.repeat(36)}`)),
  as.asDescribedOnly(as.stranger('name and password', 'Basic YWRtaW46YWRtaW4=')),
];

async function programs(t: TestApp): Promise<Caller[]> {
  const mint = async (name: string, settings: object = {}, whose: Whose = 'home') => {
    const key = await post(t, whose, '/v1/api-keys', { name: `${markOf[whose]} ${name}`, scopes, ...settings });
    const { id, secret } = key.json as { id: string; secret: string };
    return { id, one: { name: `key: ${name}`, of: whose, authorization: `Bearer ${secret}` } };
  };
  const scoped = async (name: string, granted: Scope[]): Promise<Caller> => ({
    ...as.program({ ...(await mint(name, { scopes: granted })).one, granted }),
    ofScopes: true,
    asDescribedOnly: true,
  });
  const lasting = await mint('expired', { expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
  const [revoked, earlier, disabled] = [await mint('revoked'), await mint('revoked before the start'), await mint('disabled')];
  const [quarantined, rotatedOut, replaced] = [await mint('quarantined'), await mint('rotated out'), await mint('in its overlap')];
  const beside = await mint('beside the cookie of an admin', { scopes: ['audit:export'] });
  const change = (id: string, verb: string, body: object) => post(t, 'home', `/v1/api-keys/${id}/${verb}`, body);
  await change(revoked.id, 'revoke', { reason: 'x' });
  await change(disabled.id, 'disable', {});
  await change(quarantined.id, 'quarantine', {});
  await change(rotatedOut.id, 'rotate', { name: 'zzhome successor', overlapSeconds: 0 });
  await change(replaced.id, 'rotate', { name: 'zzhome next', overlapSeconds: 86_400 });
  // Nobody has called with these yet, so no process remembers what they were; and that the second is revoked, none has heard.
  await t.sql(`update api_key set expires_at = now() where name = 'zzhome expired'`);
  await t.sql(
    `set session_replication_role = replica; update api_key set revoked_at = now() where name = 'zzhome revoked before the start';
     set session_replication_role = origin`,
  );
  // As the job would soon: what has ended is known to have ended.
  await t.sql(
    `update api_key set expiry_noted_at = expires_at, overlap_end_noted_at = rotated_out_at where rotated_out_at < now() or expires_at <= now()`,
  );
  const cookie = cookieOf(t, 'admin');
  return [
    as.program((await mint('all scopes')).one),
    as.asDescribedOnly(as.program(replaced.one)),
    as.program((await mint('of the other organization', {}, 'other')).one),
    ...(await Promise.all(scopes.map((scope) => scoped(`only ${scope}`, [scope])))),
    ...(await Promise.all(scopes.map((scope) => scoped(`all but ${scope}`, scopes.filter((one) => one !== scope))))), // prettier-ignore
    as.deadProgram(revoked.one),
    ...[earlier, disabled, lasting, rotatedOut].map(({ one }) => as.asDescribedOnly(as.deadProgram(one))),
    as.deadProgram({ ...revoked.one, name: 'key: revoked, beside the cookie of an admin', cookie }),
    as.program({ ...beside.one, granted: ['audit:export'], cookie }),
    as.quarantined(quarantined.one),
    as.misplaced((await mint('of another network', { allowedCidrs: ['192.0.2.0/24'] })).one),
  ];
}

/** Whose session is the one of each organization. */
export const adminOf = { home: 'admin', other: 'stranger' } as const;
/** Any of their sessions will do. */
const ask = (t: TestApp, whose: Whose, path: string, body?: object): Promise<Answer> =>
  t.call(path, { headers: cookieOf(t, adminOf[whose])({ name: 'GET /v1/session' } as Operation), ...(body && { body }) });

async function post(t: TestApp, whose: Whose, path: string, body: object): Promise<Answer> {
  const answer = await ask(t, whose, path, body);
  if (answer.status >= 300) throw new Error(`The world cannot be made: ${path} answered ${answer.text}`);
  return answer;
}

/** Two of each, so that every list has a second page; the ids are of the first ones. */
async function belongings(t: TestApp, whose: Whose): Promise<Ids> {
  const make = maker(t, whose);
  const named = (turn: number) => ({ name: `${markOf[whose]} ${turn}` });
  const key = await make('/v1/api-keys', (turn) => ({ ...named(turn), scopes: ['audit:export'] }));
  const things: Ids = {
    ...(await bills(t, whose)),
    key,
    svc: await make('/v1/services', named),
    team: await make('/v1/teams', named),
    rvw: await make('/v1/reviews', () => ({ kind: 'access', note: markOf[whose] })),
    exp: await make('/v1/exports', () => ({ format: 'json', filter: { path: '/nothing' } })),
    xsc: await make('/v1/export-schedules', (turn) => ({ ...named(turn), every: 'month', format: 'csv' })),
    // Shared: one that is not exists for its maker alone (saved-views.db.spec.ts).
    viw: await make('/v1/saved-views', (turn) => ({ ...named(turn), shared: true })),
    ...(await channels(t, whose)),
    wkr: await weeklyReviews(t, whose),
    ...(await retention(t, whose)),
  };
  await leakReports(t, whose, key);
  await t.app.get(ExportWorker).look();
  // As a member's: what an admin of home exports may hold requests of nobody, and then members have none of it.
  await t.sql(`update export set hides_anonymous = true`);
  const ses = await aSession(t, whose);
  const nus = await make('/v1/baselines', (turn) => (turn === 1 ? { apiKeyId: key } : {}));
  const fnd = await findings(t, whose, key);
  const log = await aRecordId(t, whose);
  const bystander = bystanderOf(whose);
  return {
    ...things,
    ...{ ses, nus, fnd, log, req: log.replace('log_', 'req_') },
    ...(await alerts(t, whose)),
    ...(await anIncident(t, whose, log)),
    ...{ mem: typeId('mem', bystander), usr: typeId('usr', bystander), org: typeId('org', organizations[whose]) },
  };
}

type Make = (path: string, body: (turn: number) => object) => Promise<string>;
const maker =
  (t: TestApp, whose: Whose): Make =>
  async (path, body) => {
    const [first] = [await post(t, whose, path, body(1)), await post(t, whose, path, body(2))];
    return (first.json as { id: string }).id;
  };
const bystanderOf = (whose: Whose): string => (whose === 'home' ? userIds.newcomer : userIds.unprotected);

async function bills(t: TestApp, whose: Whose): Promise<Ids> {
  const [make, mark] = [maker(t, whose), markOf[whose]];
  const cus = await make('/v1/customers', (turn) => ({ name: `${mark} ${turn}`, email: `${mark}@matrix.example` }));
  const lines = [{ description: mark, quantity: 1, unitAmount: 1 }];
  return { cus, inv: await make('/v1/invoices', () => ({ customerId: cus, currency: 'EUR', lines })) };
}

/** Mail, so that nothing leads anywhere; what was told to it has come to its end. */
async function channels(t: TestApp, whose: Whose): Promise<Ids> {
  const recipients = [typeId('usr', bystanderOf(whose))];
  const chn = await maker(t, whose)('/v1/channels', (turn) => ({ name: `${markOf[whose]} ${turn}`, kind: 'mail', recipients }));
  const told = newId();
  await t.sql(
    `insert into notification (organization_id, id, channel_id, event, data, created_at, state, next_attempt_at)
     select $1, id, $3, 'alert.opened', jsonb_build_object('title', $4::text, 'link', ''), now(), 'delivered', now() from unnest($2::uuid[]) id`,
    [organizations[whose], [told, newId()], parseId('chn', chn), markOf[whose]],
  );
  return { chn, ntf: typeId('ntf', told) };
}

/** As a Monday leaves them. */
async function weeklyReviews(t: TestApp, whose: Whose): Promise<string> {
  const wkr = newId();
  await t.sql(
    `insert into weekly_review (organization_id, id, week, digest, attention, made_at, due_at)
     select $1, id, date '2025-11-24' + 7 * n::int, jsonb_build_object('attention', array[$3::text]) || '{"findings":{"list":[]},"incidents":{}}', 1, now(), now()
     from unnest($2::uuid[]) with ordinality made (id, n)`,
    [organizations[whose], [wkr, newId()], markOf[whose]],
  );
  return typeId('wkr', wkr);
}

/** As a purge leaves them, and what waits for one. */
async function retention(t: TestApp, whose: Whose): Promise<Ids> {
  const hld = await maker(t, whose)('/v1/holds', (turn) => ({ reason: `${markOf[whose]} ${turn}` }));
  await t.sql(
    `insert into purge_certificate (organization_id, id, began_at, ended_at, how, cutoff_at, policy, rows, others, by_name)
     select $1, id, now(), now(), 'deleted', now(), '{"plan":"starter"}', 0, '{}', $3 from unnest($2::uuid[]) id`,
    [organizations[whose], [newId(), newId()], markOf[whose]],
  );
  await t.sql(
    `insert into archive (organization_id, id, created_at, state, to_at, up_to_sequence, destination, location, file)
     select $1, id, now(), 'failed', now(), 0, 'directory', $3, 'a' from unnest($2::uuid[]) id`,
    [organizations[whose], [newId(), newId()], markOf[whose]],
  );
  return { hld };
}

/** As reports of a scanner leave them: nobody's are believed here. */
async function leakReports(t: TestApp, whose: Whose, key: string): Promise<void> {
  await t.sql(
    `insert into leak_report (organization_id, id, api_key_id, token_type, place_sha256, reported_at, last_reported_at, next_at, handled_at, policy, action)
     select $1, id, $3, $4, sha256(id::text::bytea), now(), now(), now(), now(), 'alert', 'alerted' from unnest($2::uuid[]) id`,
    [organizations[whose], [newId(), newId()], parseId('key', key), markOf[whose]],
  );
}

async function aSession(t: TestApp, whose: Whose): Promise<string> {
  const session = newId();
  await t.sql(
    `insert into user_session (id, token_hash, user_id, organization_id, created_at, last_seen_at, expires_at)
     values ($1, $2, $3, $4, now(), now(), now() + interval '1 day')`,
    [session, hashSessionToken(session), people[adminOf[whose]].id, organizations[whose]],
  );
  return typeId('ses', session);
}

/** Alerts as the runner leaves them: of a rule that looks at nothing, for what it has looked at is written down. */
async function alerts(t: TestApp, whose: Whose): Promise<Ids> {
  const rule = (turn: number) => ({
    name: `${markOf[whose]} ${turn}`,
    kind: 'filter',
    filter: { path: '/nothing' },
    threshold: 1,
    enabled: false,
  });
  const [first] = [await post(t, whose, '/v1/alert-rules', rule(1)), await post(t, whose, '/v1/alert-rules', rule(2))];
  const { id: rul } = first.json as { id: string };
  const ids = [newId(), newId()];
  await t.sql(
    `insert into alert (organization_id, id, rule_id, rule_name, rule_version, rule, state, severity, title, group_key, window_from, window_to, minute, count, filter,
       samples, opened_at) select $1, id, $3, $4, 1, '{}', 'open', 'high', $4, id::text, now(), now(), 1, 1, '{}', '{}', now() from unnest($2::uuid[]) id`,
    [organizations[whose], ids, parseId('rul', rul), markOf[whose]],
  );
  return { rul, alr: typeId('alr', ids[0] ?? '') };
}

/** As detection leaves them: the engine is not asked here. */
async function findings(t: TestApp, whose: Whose, key: string): Promise<string> {
  const ids = [newId(), newId()] as const;
  await t.sql(
    `insert into finding (organization_id, id, detector, subject_kind, subject_ref, episode, severity, state, opened_at, began_at, ended_at, last_seen_at, count,
       facts, filter, samples)
     select $1, id, 'silence', 'key', $3, id::text, 'low', 'open', now(), now(), now(), now(), 1, $4, '{}', '{}' from unnest($2::uuid[]) id`,
    [organizations[whose], ids, key, { seen: { of: markOf[whose] }, normal: {}, threshold: {}, lesson: { what: '*', upTo: null } }],
  );
  return typeId('fnd', ids[0]);
}

/** About no key: what a key is used for while the matrix runs would be found and written down. */
async function anIncident(t: TestApp, whose: Whose, log: string): Promise<Ids> {
  const make = async (path: string, body: object): Promise<string> => ((await post(t, whose, path, body)).json as { id: string }).id;
  const title = markOf[whose];
  const inc = await make('/v1/incidents', { title, logIds: [log] });
  // The other one is a drill that goes on: so nobody begins one.
  const drill = parseId('inc', await make('/v1/incidents', { title }));
  await t.sql(`update incident set drill = true, opened_from = '{"kind":"drill","references":[]}' where id = $1`, [drill]);
  const at = `/v1/incidents/${inc}`;
  for (const turn of [1, 2]) await make(`${at}/notes`, { text: `${title} ${turn}` });
  const others = await ask(t, whose, '/v1/audit-logs?actorType=user&limit=10');
  await post(t, whose, `${at}/evidence`, { logIds: (others.json as { data: { id: string }[] }).data.map(({ id }) => id) });
  return { inc, cal: await make(`${at}/services`, { label: title }), fup: await make(`${at}/follow-ups`, { title }) };
}

/** Records arrive a moment after their answer. */
async function aRecordId(t: TestApp, whose: Whose): Promise<string> {
  for (;;) {
    const answer = await ask(t, whose, '/v1/audit-logs?actorType=user&limit=2');
    const [first, second] = (answer.json as { data: { id: string }[] }).data;
    if (first && second) return first.id;
  }
}

/** By the word before `{id}` in a path. */
export const prefixes: Readonly<Record<string, IdPrefix>> = {
  customers: 'cus',
  invoices: 'inv',
  'audit-logs': 'log',
  'api-keys': 'key',
  members: 'mem',
  sessions: 'ses',
  services: 'svc',
  teams: 'team',
  reviews: 'rvw',
  exports: 'exp',
  'export-schedules': 'xsc',
  'saved-views': 'viw',
  incidents: 'inc',
  'alert-rules': 'rul',
  alerts: 'alr',
  channels: 'chn',
  'weekly-reviews': 'wkr',
  findings: 'fnd',
  baselines: 'nus',
  holds: 'hld',
};
