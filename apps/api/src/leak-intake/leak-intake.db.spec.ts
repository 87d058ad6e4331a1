/** Leaks over HTTP: reports signed with real keys that a real server publishes, what becomes of them, and the check that a person makes. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keySecret, type LeakPolicy } from '@pinebill/contract';
import { Client } from 'pg';
import { parseId } from '../platform/ids';
import { holding, waitsForLock } from '../testing/held-lock';
import { keyPair, published, signed, startKeysServer, type KeysServer } from '../testing/leak-reporter';
import { anotherProcess, organizations, people, startTestApp, type Answer, type Person, type TestApp } from '../testing/test-app';
import { LeakResponses } from './leak-responses.jobs';

const github = keyPair('github');
const mail = { smtpUrl: 'smtp://127.0.0.1:9', from: 'a@example.com' };
const places = { a: 'https://github.com/acme/shop/blob/main/.env', b: 'https://github.com/acme/shop/issues/7' } as const;
/** What was written to stdout and stderr. */
const said: string[] = [];
let server: KeysServer;
let t: TestApp;
let count = 0;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    const write: (chunk: string) => boolean = stream.write.bind(stream);
    jest.spyOn(stream, 'write').mockImplementation((chunk) => (said.push(chunk.toString()), write('')));
  }
  server = await startKeysServer((_, response) => void response.end(published([github])));
  t = await startTestApp(__filename, { leakKeys: { url: server.url }, mail, logLevel: 'debug' });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await t.close();
  await server.close();
});

type Key = { id: string; secret: string; name: string };
const made: string[] = [];
async function aKey(as: Person = 'admin'): Promise<Key> {
  const name = `Key ${(count += 1)}`;
  const { json } = await t.call('/v1/api-keys', { as, body: { name, scopes: ['invoices:read', 'invoices:write'] } });
  made.push(json.secret);
  return { id: json.id, secret: json.secret, name };
}
type Finding = { token: string; type?: string; url?: string; source?: string };
const bodyOf = (found: readonly Finding[]): string =>
  JSON.stringify(found.map((one) => ({ type: 'pinebill_api_key', url: places.a, source: 'content', ...one })));
const send = (body: string, headers: Record<string, string>, url = ''): Promise<Answer> =>
  t.call(`/v1/leak-reports${url}`, { body, headers });
const report = (...found: Finding[]): Promise<Answer> => send(bodyOf(found), signed(github, bodyOf(found)));
const list = async (as: Person = 'admin', query = ''): Promise<Record<string, unknown>[]> =>
  (await t.call(`/v1/leak-reports${query}`, { as })).json.data;
const ofKey = ({ id }: Key, as: Person = 'admin') => list(as, `?apiKeyId=${id}`);
const stateOf = async ({ id }: Key, as: Person = 'admin'): Promise<string> => (await t.call(`/v1/api-keys/${id}`, { as })).json.state;
const setPolicy = (leakedKeys: LeakPolicy) =>
  t.call('/v1/organization', { method: 'PATCH', as: 'admin', body: { policies: { leakedKeys } } });
const mails = () => t.sql<{ subject: string; body: string; to_user: string }>('select subject, body, to_user from mail_outbox order by id');
/** Of what is done besides the answer. */
const settled = (): Promise<void> => t.app.get(LeakResponses).look();
const incident = async (id: unknown, as: Person = 'member') => (await t.call(`/v1/incidents/${String(id)}`, { as })).json;
const incidents = () => t.sql<{ id: string }>('select id from incident order by id');
const eventsOf = (key: Key) =>
  t.sql<{ incident: number; kind: string; data: Record<string, unknown> }>(
    `select i.number as incident, e.kind, e.data from incident_event e join incident i on i.id = e.incident_id
     where e.incident_id in (select incident_id from incident_subject where reference = $1) order by e.id`,
    [parseId('key', key.id)],
  );
/** What the database is asked meanwhile, of that kind. What runs by the clock, whoever asks, has nothing to do with it. */
async function statementsOf(kind: RegExp, work: () => Promise<unknown>): Promise<string[]> {
  const asked: string[] = [];
  const query = Client.prototype.query as (...args: unknown[]) => unknown;
  const spy = jest.spyOn(Client.prototype, 'query').mockImplementation(function (this: Client, ...args: unknown[]) {
    const [text] = args as [string | { text?: string }];
    const sql = typeof text === 'string' ? text : (text.text ?? '');
    if (kind.test(sql)) asked.push(sql);
    return query.apply(this, args);
  });
  await work();
  spy.mockRestore();
  return asked;
}
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a report', () => {
  it('is read only when it is signed, with a key that is published', async () => {
    const key = await aKey();
    const body = bodyOf([{ token: key.secret }]);
    const right = signed(github, body);
    const { 'github-public-key-identifier': identifier, 'github-public-key-signature': signature } = right;
    const stranger = keyPair('github');
    const refused: [string, Record<string, string>, string][] = [
      [body, {}, '400 unsigned_report'],
      [body, { 'github-public-key-identifier': identifier! }, '400 unsigned_report'],
      [body, { 'github-public-key-signature': signature! }, '400 unsigned_report'],
      [body, { ...right, 'github-public-key-identifier': 'another' }, '401 invalid_signature'],
      [body, { ...right, 'github-public-key-signature': 'AAAA' }, '401 invalid_signature'],
      [body, signed(stranger, body), '401 invalid_signature'],
      // The same JSON, and other bytes.
      [`${body} `, right, '401 invalid_signature'],
      // What could not be parsed is not even tried.
      ['[{"token":', right, '401 invalid_signature'],
      ['[{"token":', signed(github, '[{"token":'), '400 malformed_json'],
      ['{}', signed(github, '{}'), '400 invalid_field'],
      ...[bodyOf(Array.from({ length: 501 }, () => ({ token: 'x' })))].map((much): [string, Record<string, string>, string] => [much, signed(github, much), '413 payload_too_large']), // prettier-ignore
    ];
    for (const [text, headers, expected] of refused) {
      const { status, json } = await send(text, headers);
      expect(`${status} ${json.code}`).toBe(expected);
    }
    const other = { ...right, 'content-type': 'text/plain' };
    expect((await send(body, other)).status).toBe(415);
    expect((await send(`[${' '.repeat(1_100_000)}]`, right)).status).toBe(413);
    expect([await ofKey(key), await stateOf(key)]).toEqual([[], 'active']);
  });

  it('revokes a key of ours, tells where it was found, and answers the rest in the same form', async () => {
    const [key, tokens] = [await aKey(), [keySecret('n'.repeat(30)), `pbk_${'x'.repeat(36)}`, 'nothing of ours']];
    const before = (await mails()).length;
    const { status, json } = await report({ token: tokens[0]! }, { token: key.secret }, ...tokens.slice(1).map((token) => ({ token, type: 'their_rule' }))); // prettier-ignore
    expect(status).toBe(200);
    expect(json).toEqual([
      { token_hash: sha256(tokens[0]!), token_type: 'pinebill_api_key', label: 'false_positive' },
      { token_hash: sha256(key.secret), token_type: 'pinebill_api_key', label: 'true_positive' },
      { token_hash: sha256(tokens[1]!), token_type: 'their_rule', label: 'false_positive' },
      { token_hash: sha256(tokens[2]!), token_type: 'their_rule', label: 'false_positive' },
    ]);
    await settled();
    expect((await t.call('/v1/invoices', { key: key.secret })).status).toBe(401);
    expect((await t.call(`/v1/api-keys/${key.id}`, { as: 'admin' })).json).toMatchObject({ state: 'revoked', revokeReason: expect.stringContaining(places.a) }); // prettier-ignore
    const [row, ...more] = await ofKey(key, 'member');
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      ...{ apiKey: { id: key.id, name: key.name, state: 'revoked' }, type: 'pinebill_api_key', url: places.a, source: 'content' },
      ...{ times: 1, action: 'revoked', policy: 'revoke', handledAt: expect.any(String) },
    });
    const opened = await incident(row!['incidentId']);
    expect(opened).toMatchObject({
      ...{ title: `${key.name} has leaked: found at github.com`, severity: 'high', state: 'contained' },
      subjects: [{ kind: 'key', id: key.id }],
    });
    expect(await eventsOf(key)).toMatchObject([{ kind: 'opened', data: { from: 'leak' } }, { kind: 'leakReported', data: { url: places.a, source: 'content', type: 'pinebill_api_key', action: 'revoked' } }]); // prettier-ignore
    const story = (await t.call(`/v1/incidents/${String(row!['incidentId'])}/timeline`, { as: 'member' })).json.data;
    expect(story.map((entry: { text: string }) => entry.text)).toEqual([
      `PineBill opened the incident: ${key.name} has leaked: found at github.com.`,
      `PineBill revoked ${key.name}.`,
      `PineBill was told that ${key.name} was found at ${places.a}.`,
    ]);
    const { data } = (await t.call(`/v1/activity?targetId=${key.id}`, { as: 'admin' })).json;
    expect(data.map((entry: { action: string }) => entry.action)).toEqual(
      expect.arrayContaining(['api_key.leak_reported', 'api_key.revoked']),
    );
    const sent = (await mails()).slice(before);
    expect(sent).toMatchObject([{ to_user: people.admin.id, subject: `Leaked API key ${key.name} was revoked`, body: expect.stringContaining(places.a) }]); // prettier-ignore
    expect(sent[0]!.body).toContain(`/#/incidents/${String(row!['incidentId'])}/contain`);
    expect((await t.call('/v1/leak-reports', { as: 'guest' })).status).toBe(403);
  });

  it('that comes again does nothing again; the key at another place is another report, and no other alarm', async () => {
    const key = await aKey();
    const both = [{ token: key.secret }, { token: key.secret }];
    await report(...both);
    await settled();
    const [after, handled] = [await mails(), await ofKey(key)];
    await Promise.all([report(...both), report({ token: key.secret })]);
    await settled();
    expect([await mails(), await ofKey(key)]).toEqual([after, [{ ...handled[0]!, times: 3, lastReportedAt: expect.any(String) }]]);
    await report({ token: key.secret, url: places.b, source: 'issue_comment' });
    await settled();
    expect(await ofKey(key)).toMatchObject([
      { url: places.b, action: 'alreadyRevoked' },
      { url: places.a, action: 'revoked' },
    ]);
    expect(await mails()).toEqual(after);
    // A note of the second place, in the incident of the first.
    const told = await eventsOf(key);
    expect(told.map(({ kind, data }) => [kind, data['url']])).toEqual([['opened', undefined], ['leakReported', places.a], ['leakReported', places.b]]); // prettier-ignore
    expect(new Set(told.map((event) => event.incident)).size).toBe(1);
  });

  it('of several keys is one incident and one mail; one that cannot be dealt with keeps no other waiting', async () => {
    const keys = [await aKey(), await aKey(), await aKey()];
    const before = [(await incidents()).length, (await mails()).length];
    // What nobody foresaw, about one of them.
    await t.sql(`alter table api_key add constraint spec_refuses check (name <> '${keys[1]!.name}' or revoked_at is null) not valid`);
    await report(...keys.map(({ secret: token }) => ({ token })), { token: keys[0]!.secret, url: places.b });
    await settled();
    expect((await Promise.all(keys.map((key) => ofKey(key)))).map((rows) => rows.map(({ action }) => action))).toEqual([
      expect.arrayContaining(['revoked', 'alreadyRevoked']),
      [null],
      ['revoked'],
    ]);
    await t.sql('alter table api_key drop constraint spec_refuses');
    await t.sql("update leak_report set next_at = now() - interval '1 minute' where handled_at is null");
    await settled();
    expect(await ofKey(keys[1]!)).toMatchObject([{ action: 'revoked' }]);

    const more = [await aKey(), await aKey(), await aKey()];
    await report(...more.map(({ secret: token }) => ({ token })), { token: more[0]!.secret, url: places.b });
    await settled();
    const ids = (await Promise.all(more.map((key) => ofKey(key)))).flat().map((row) => row['incidentId']);
    expect([ids.length, new Set(ids).size]).toEqual([4, 1]);
    expect(await incident(ids[0])).toMatchObject({ title: '3 API keys have leaked: found at github.com', state: 'contained', subjects: more.map(({ id }) => ({ id })) }); // prettier-ignore
    const [last] = (await mails()).slice(-1);
    expect(last!.subject).toBe('3 reports of leaked API keys');
    for (const { name } of more) expect(last!.body).toContain(name);
    // Those of before were tried one by one.
    expect([(await incidents()).length, (await mails()).length]).toEqual([before[0]! + 4, before[1]! + 4]);
  });

  it('of thirty keys asks the database no more than one of two, and stops all of them', async () => {
    const working = async (keys: Key[]): Promise<string[]> =>
      statementsOf(/update api_key|from api_key where|leak_report r|incident|insert into (activity|mail)/, async () => {
        await report(...keys.map(({ secret: token }) => ({ token })));
        await settled();
      });
    const [few, many] = [await working(await Promise.all([aKey(), aKey()])), await Promise.all(Array.from({ length: 30 }, () => aKey()))];
    expect((await working(many)).sort()).toEqual(few.sort());
    const rows = (await Promise.all(many.map((key) => ofKey(key)))).flat();
    expect(rows.map(({ action }) => action)).toEqual(Array(30).fill('revoked'));
    expect(new Set(rows.map(({ incidentId }) => incidentId)).size).toBe(1);
    expect((await Promise.all(many.map(({ secret }) => t.call('/v1/invoices', { key: secret })))).map(({ status }) => status)).toEqual(Array(30).fill(401)); // prettier-ignore
  });

  it('has no key yet while it waits for the organization: whoever contains an incident has that, and wants the key', async () => {
    const key = await aKey();
    const organization = `select 1 from organization where id = '${organizations.home}' for no key update`;
    const wanted = await holding(t, organization, async (holder) => {
      await report({ token: key.secret });
      await waitsForLock(t, '%organization%for no key update%');
      const asked = holder.query('select 1 from api_key where id = $1 for update nowait', [parseId('key', key.id)]);
      return asked.then(() => 'it has the key', (error: unknown) => String(error)); // prettier-ignore
    });
    expect(wanted).toBe('it has the key');
    // Twice: the first may have waited for the organization for longer than it may.
    await settled();
    await settled();
    expect(await ofKey(key)).toMatchObject([{ action: 'revoked' }]);
  });

  it('that comes again about a key that was enabled meanwhile, or under another policy by now, is acted on again', async () => {
    await setPolicy('quarantine');
    const key = await aKey();
    await report({ token: key.secret });
    await settled();
    const [{ incidentId }] = (await ofKey(key)) as [{ incidentId: string }];
    // Held back: nothing is left to do.
    const quiet = (await mails()).length;
    await report({ token: key.secret });
    await settled();
    expect([(await mails()).length, (await ofKey(key)).map(({ times }) => times)]).toEqual([quiet, [2]]);

    await t.call(`/v1/api-keys/${key.id}/enable`, { as: 'admin', body: {} });
    expect([await stateOf(key), (await incident(incidentId)).state]).toEqual(['active', 'identified']);
    await report({ token: key.secret });
    await settled();
    expect([await stateOf(key), (await incident(incidentId)).state]).toEqual(['quarantined', 'contained']);
    expect(await ofKey(key)).toMatchObject([{ times: 3, action: 'quarantined', policy: 'quarantine', incidentId }]);
    expect((await mails()).slice(quiet)).toMatchObject([{ subject: `Leaked API key ${key.name} is quarantined` }]);

    await setPolicy('revoke');
    await Promise.all([report({ token: key.secret }), report({ token: key.secret })]);
    await settled();
    expect(await stateOf(key)).toBe('revoked');
    expect(await ofKey(key)).toMatchObject([{ times: 5, action: 'revoked', policy: 'revoke', incidentId }]);
    const told = (await eventsOf(key)).filter(({ kind }) => kind === 'leakReported');
    expect(told.map(({ data }) => data['action'])).toEqual(['quarantined', 'quarantined', 'revoked']);
  });

  it('is no part of a drill, in which nothing real can be stopped', async () => {
    const key = await aKey();
    const drill = (await t.call('/v1/incidents', { as: 'member', body: { apiKeyIds: [key.id], drill: true } })).json.id;
    await report({ token: key.secret });
    await settled();
    const [row] = await ofKey(key);
    expect([row!['action'], row!['incidentId'] === drill, (await incident(row!['incidentId'])).drill]).toEqual(['revoked', false, false]);
    // Of a key that was dead by then the drill is told as little.
    await report({ token: key.secret, url: places.b });
    await settled();
    expect((await ofKey(key)).map(({ incidentId }) => incidentId)).toEqual([row!['incidentId'], row!['incidentId']]);
  });

  it('of a key that was dead already is told, and opens nothing', async () => {
    const key = await aKey();
    await t.call(`/v1/api-keys/${key.id}/revoke`, { as: 'admin', body: { reason: 'x' } });
    const before = [await incidents(), await mails()];
    await report({ token: key.secret });
    await settled();
    expect(await ofKey(key)).toMatchObject([{ action: 'alreadyRevoked', incidentId: null }]);
    expect([await incidents(), await mails()]).toEqual(before);
  });

  it.each([
    ['quarantine', 'quarantined', 'quarantined', { GET: 200, POST: 403 }],
    ['alert', 'active', 'alerted', { GET: 200, POST: 400 }],
  ] as const)('does what the organization has chosen: %s', async (policy, state, action, statuses) => {
    await setPolicy(policy);
    const [key, disabled] = [await aKey(), await aKey()];
    await t.call(`/v1/api-keys/${disabled.id}/disable`, { as: 'admin', body: {} });
    await report({ token: key.secret }, { token: disabled.secret });
    await settled();
    expect([await stateOf(key), await stateOf(disabled)]).toEqual([state, 'disabled']);
    expect([await ofKey(key), await ofKey(disabled)]).toMatchObject([[{ action, policy }], [{ action: 'alerted', policy }]]);
    const [{ incidentId }] = (await ofKey(key)) as [{ incidentId: string }];
    expect(await incident(incidentId)).toMatchObject({ state: policy === 'alert' ? 'identified' : 'contained' });
    // Found once more while the incident is open: the same one, and the admins are told of the place.
    const count = (await incidents()).length;
    await report({ token: key.secret, url: places.b });
    await settled();
    expect([(await incidents()).length, (await ofKey(key)).map((one) => one['incidentId'])]).toEqual([count, [incidentId, incidentId]]);
    expect((await mails()).at(-1)!.body).toContain(places.b);
    for (const [method, status] of Object.entries(statuses))
      expect((await t.call('/v1/invoices', { method, key: key.secret, ...(method === 'POST' ? { body: {} } : {}) })).status).toBe(status);
    await setPolicy('revoke');
  });

  it('is the business of the organization whose key it is, and of nobody else', async () => {
    const key = await aKey('stranger');
    await report({ token: key.secret });
    await settled();
    expect([await ofKey(key, 'stranger'), await ofKey(key)]).toMatchObject([[{ action: 'revoked' }], []]);
    expect((await mails()).at(-1)).toMatchObject({ to_user: people.stranger.id });
  });
});

describe('a leak check', () => {
  const check = (text: string, as: Person = 'admin') => t.call('/v1/leak-checks', { as, body: { text } });
  const verdicts = async (text: string) => {
    const { json } = await check(text);
    return [json.verdict, ...json.found.map((one: { verdict: string }) => one.verdict)];
  };

  it('tells what is a key, whose, and in which state; of others nothing', async () => {
    const [key, theirs] = [await aKey(), await aKey('stranger')];
    const unknown = keySecret('q'.repeat(30));
    const text = `first ${theirs.secret}\nKEY="${key.secret}" and pbk_${'a'.repeat(36)}, pbk_...x7f2`;
    const { status, json } = await check(text);
    expect(status).toBe(200);
    expect(json.verdict).toBe('known');
    const found = [
      [theirs.secret, 'unknown', null],
      [key.secret, 'known', { id: key.id, name: key.name, masked: `pbk_...${key.secret.slice(-4)}`, state: 'active' }],
      [`pbk_${'a'.repeat(36)}`, 'badChecksum', null],
      ['pbk_', 'notAKey', null],
    ].map(([part, verdict, apiKey]) => ({ start: text.lastIndexOf(part as string), end: text.lastIndexOf(part as string) + (part as string).length, verdict, apiKey })); // prettier-ignore
    expect(json.found).toEqual(found);
    const [ofTheirs, ofNobody] = [await check(theirs.secret), await check(unknown)];
    expect(ofTheirs.text).toBe(ofNobody.text);
    expect(await verdicts('sk_live_4eC39HqLyjWDarjtT1zdp7dc')).toEqual(['notAKey']);
    expect(await verdicts(`x${key.secret}tail`)).toEqual(['known', 'known']);
    await t.call(`/v1/api-keys/${key.id}/revoke`, { as: 'admin', body: { reason: 'x' } });
    expect((await check(key.secret)).json.found).toMatchObject([{ verdict: 'known', apiKey: { state: 'revoked' } }]);
  });

  it('is for admins; the log of activity says that it was made, and what came out', async () => {
    const key = await aKey();
    expect([(await check(key.secret, 'member')).status, (await check(key.secret, 'guest')).status]).toEqual([403, 403]);
    expect((await t.call('/v1/leak-checks', { key: key.secret, body: { text: key.secret } })).json.code).toBe('person_required');
    expect([(await check('')).status, (await check('x'.repeat(20_001))).status]).toEqual([400, 400]);
    await check(`${key.secret} ${key.secret}`);
    const { data } = (await t.call('/v1/activity?action=leak_check.made&limit=1', { as: 'admin' })).json;
    expect(data).toMatchObject([{ target: { type: 'organization' }, after: { verdict: 'known', apiKeys: [key.id] } }]);
  });
});

it('nothing that was reported or pasted stands anywhere: no table, no journal, no log, no answer', async () => {
  const made2 = await aKey();
  const tokens = [made2.secret, keySecret('k'.repeat(30)), `pbk_${'y'.repeat(36)}`, 'AKIAIOSFODNN7EXAMPLE'];
  const bodies = tokens.map((token) => token.slice(4, 34));
  const findingOf = (token: string): Finding => ({ token, url: `https://example.com/${token}?x=${token}`, type: token, source: token });
  await report(...tokens.map(findingOf));
  for (const token of tokens) {
    const text = bodyOf([findingOf(token)]);
    await send(text, { ...signed(github, text), 'github-public-key-signature': token });
    await send(text, signed(github, `${text} `), `?token=${token}`);
    await send(text.slice(0, -1), signed(github, text.slice(0, -1)));
    await t.call('/v1/leak-checks', { as: 'admin', body: { text: token } });
    await t.call('/v1/leak-checks', { as: 'admin', body: `{"text":"${token}` });
    await t.call('/v1/leak-checks', { as: 'admin', body: { text: token, [token]: token } });
  }
  await settled();
  expect(await ofKey(made2)).toMatchObject([{ url: 'https://example.com/[redacted]?x=[redacted]', type: '[redacted]', action: 'revoked' }]);
  for (;;) {
    const { json } = await t.call('/v1/audit-logs?path=/v1/leak-checks&status=400&limit=1&order=desc', { as: 'admin' });
    if (json.data.length > 0) break; // the last records have come as far as the log
  }
  const tables = await t.sql<{
    name: string;
  }>(`select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`);
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['leak_report', 'activity', 'mail_outbox']));
  const rows = await Promise.all(tables.map(async ({ name }) => ({ place: name, text: JSON.stringify(await t.sql(`select r::text from ${name} r`)) }))); // prettier-ignore
  const files = readdirSync(t.config.dataDirectory, { recursive: true, withFileTypes: true }).flatMap((file) => {
    const place = join(file.parentPath, file.name);
    return file.isFile() ? [{ place, text: readFileSync(place, 'latin1') }] : [];
  });
  expect(files.some(({ text }) => text.includes('/v1/leak-reports'))).toBe(true);
  const shown = ['/v1/leak-reports', '/v1/api-keys', '/v1/audit-logs', '/v1/activity'].map(async (path) => ({ place: path, text: (await t.call(`${path}?limit=200`, { as: 'admin' })).text })); // prettier-ignore
  const everything = [...rows, ...files, ...(await Promise.all(shown)), { place: 'output', text: said.join('') }];
  expect(said.join('')).toContain('A report of 4 leaked keys');
  const secrets = [...bodies, ...made.map((secret) => secret.slice(4, 34))];
  const forms = secrets.flatMap((body) => [body, Buffer.from(body).toString('hex'), Buffer.from(body).toString('base64').slice(0, -1)]);
  expect(everything.filter(({ text }) => forms.some((form) => text.includes(form))).map(({ place }) => place)).toEqual([]);
});

it('a report asks the database the same, whatever it names; and what a process leaves undone another one does', async () => {
  const key = await aKey();
  // From now on this process only takes reports.
  await t.app.get(LeakResponses).onModuleDestroy();
  const taking = (token: string): Promise<string[]> =>
    statementsOf(/leak_|secret_hash|insert into (activity|mail)/, async () => expect((await report({ token })).status).toBe(200));
  const ofEach = [await taking(key.secret), await taking(keySecret('z'.repeat(30))), await taking('pbk_nonsense')];
  expect(ofEach[0]).toEqual([expect.stringContaining('leak_reports_take')]);
  expect([ofEach[1], ofEach[2]]).toEqual([ofEach[0], ofEach[0]]);
  expect(await ofKey(key)).toMatchObject([{ action: null, handledAt: null }]);

  const next = await aKey();
  await report({ token: next.secret });
  const others = await Promise.all([1, 2].map(() => anotherProcess(t, { leakKeys: { url: server.url } })));
  // Both know of both reports; one has them and waits for a key, the other comes.
  const looks = await holding(t, `select from api_key where id = '${parseId('key', key.id)!}' for update`, async () => {
    const begun = others.map(({ app }) => app.get(LeakResponses).look());
    await waitsForLock(t, '%from api_key%for update%');
    await Promise.race(begun);
    return begun;
  });
  await Promise.all(looks);
  await Promise.all(others.map((one) => one.close()));
  for (const one of [key, next]) {
    expect([await ofKey(one), await stateOf(one)]).toMatchObject([[{ action: 'revoked', times: 1 }], 'revoked']);
    const told = (await eventsOf(one)).filter(({ data }) => (data['apiKey'] as { id: string } | undefined)?.id === one.id);
    expect(told.map(({ kind }) => kind)).toEqual(['leakReported']);
  }
});
