import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { basename, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AuditRecord } from '@pinebill/nestjs-audit';
import { newId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { tarEntry, untar } from '../testing/tars';
import { organizations, people, startTestApp, type Answer, type Person, type TestApp } from '../testing/test-app';
import { ExportWorker } from './export-worker.jobs';

let t: TestApp;
const DAY_MS = 86_400_000;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const key = { apiKeyId: newId(), apiKeyName: '=HYPERLINK("x")', apiKeyLast4: 'x7f2', apiKeyState: 'active' };
/** What is difficult in files: quotes, separators, formulas, nothing beside the empty text, other alphabets. */
const difficult: Partial<AuditRecord>[] = [
  { path: '/v1/a,b;c\td"e"', userAgent: '', clientRequestId: '-1+2' },
  { path: '=cmd|calc', method: '+X', userAgent: "'=1+1", query: { status: 'a"b', list: ['1', '2'] } },
  { actorType: 'apiKey', actorId: key.apiKeyId, actorName: key.apiKeyName, ...key, service: 'Straße 🚀 \r\n two', ip: '2001:db8::1' },
  { actorType: 'user', actorId: people.member.id, actorName: '@A member', ip: '10.0.0.1', country: 'DE', status: 404, reason: 'route_not_found' },
  { kind: 'gap', method: null, path: null, route: null, status: null, durationMs: null, handlerMs: null, gap: { from: ago(DAY_MS), to: ago(DAY_MS), count: null, atMost: 12, cause: 'overload' } },
  { status: 400, error: { code: 'invalid_field', detail: 'x "y"', issues: [{ pointer: '/a', rule: 'min', expected: '1' }] }, marks: ['redacted', 'truncated'], durationMs: 1e-3 },
]; // prettier-ignore

beforeAll(async () => {
  t = await startTestApp(__filename);
  const records = Array.from({ length: 240 }, (_, index) =>
    aRecord({ startedAt: ago(DAY_MS + index * 1_001), status: index % 3 === 0 ? 500 : 200, ...difficult[index % 8] }),
  );
  await storeRecords(t, records);
  await storeRecords(t, [aRecord({ organizationId: organizations.other, startedAt: ago(DAY_MS), path: '/v1/secret-of-the-other' })]);
});
afterAll(() => t.close());

const ask = (body: object, as: Person = 'member'): Promise<Answer> => t.call('/v1/exports', { as, body: { format: 'csv', ...body } });
/** Asked for, worked off, and as it then is. */
async function made(body: object, as: Person = 'member') {
  const answer = await ask(body, as);
  if (answer.status !== 202) throw new Error(answer.text);
  await t.app.get(ExportWorker).look();
  return (await t.call(`/v1/exports/${answer.json.id}`, { as })).json;
}
const sessions = new Map<Person, Promise<string>>();
async function cookie(as: Person) {
  const session = sessions.get(as) ?? t.signIn(as);
  sessions.set(as, session);
  return { cookie: await session, origin: t.url };
}
async function bytesOf(
  id: string,
  file = '',
  headers: Record<string, string> = {},
  as: Person = 'admin',
): Promise<{ status: number; headers: Headers; body: Buffer }> {
  const response = await fetch(`${t.url}/v1/exports/${id}/download${file && `?file=${file}`}`, {
    headers: { ...(await cookie(as)), ...headers },
  });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('an export', () => {
  it('is accepted, made, and says in a signed manifest what it holds', async () => {
    const answer = await ask({ filter: { status: '5xx' } }, 'admin');
    expect([answer.status, answer.headers.get('location')]).toEqual([202, `/v1/exports/${answer.json.id}`]);
    expect(answer.json).toMatchObject({ state: 'queued', progress: 0, createdBy: { type: 'user', name: 'A admin' }, manifest: null });
    await t.app.get(ExportWorker).look();
    const { json } = await t.call(`/v1/exports/${answer.json.id}`, { as: 'admin' });
    const [expected] = await t.sql<{ rows: number; first: number; last: number }>(
      `select count(*)::int as rows, min(sequence)::int as first, max(sequence)::int as last from audit_log where organization_id = $1 and status between 500 and 599`,
      [organizations.home],
    );
    expect(json).toMatchObject({ state: 'ready', progress: 1, rows: expected!.rows, expectedRows: expected!.rows, failure: null });
    const data = await bytesOf(json.id);
    expect(json.manifest).toMatchObject({
      exportId: json.id,
      organization: { name: 'Home' },
      filter: { status: '5xx' },
      files: [{ rows: expected!.rows, firstSequence: expected!.first, lastSequence: expected!.last, bytes: data.body.length, sha256: sha256(data.body), contiguous: null }],
    }); // prettier-ignore
    const [manifest, signature, pem] = await Promise.all(['manifest', 'signature', 'publicKey'].map((file) => bytesOf(json.id, file)));
    expect(JSON.parse(manifest!.body.toString())).toEqual(json.manifest);
    expect(verify(null, manifest!.body, createPublicKey(pem!.body), signature!.body)).toBe(true);
    expect(verify(null, Buffer.concat([manifest!.body, Buffer.from(' ')]), createPublicKey(pem!.body), signature!.body)).toBe(false);
    const served = (await t.call('/v1/exports/signing-keys')).json.data[0];
    expect([served.publicKey, served.fingerprint]).toEqual([pem!.body.toString(), json.manifest.signature.keyFingerprint]);
  });

  it.each(['csv', 'jsonl', 'json', 'parquet'])('of nothing is a file without a row (%s)', async (format) => {
    const { rows, manifest, id } = await made({ format, filter: { path: '/nobody/asked' } });
    expect([rows, manifest.files[0].firstSequence, (await bytesOf(id)).status]).toEqual([0, null, 200]);
  });

  it('holds nothing of another organization, and is none of its business', async () => {
    const { id } = await made({ format: 'jsonl' });
    expect((await bytesOf(id)).body.toString()).not.toContain('secret-of-the-other');
    for (const call of [{ path: '' }, { path: '/download' }, { path: '', method: 'DELETE' }])
      expect((await t.call(`/v1/exports/${id}${call.path}`, { as: 'stranger', method: call.method ?? 'GET' })).status).toBe(404);
    expect((await t.call('/v1/exports', { as: 'stranger' })).json.data).toEqual([]);
  });

  it('of more than the API logs is for people: no scope of a key opens the activity', async () => {
    const { secret } = (await t.call('/v1/api-keys', { as: 'admin', body: { name: 'Exports', scopes: ['audit:export'] } })).json;
    const byPerson = await made({ source: 'activity', format: 'jsonl' }, 'admin');
    for (const source of ['activity', 'evidence', 'period']) {
      const refused = await t.call('/v1/exports', { key: secret, body: { format: 'csv', source } });
      expect([refused.status, refused.json.code]).toEqual([403, 'person_required']);
    }
    for (const call of [{ path: '' }, { path: '/download' }, { path: '/download?file=manifest' }, { path: '', method: 'DELETE' }])
      expect((await t.call(`/v1/exports/${byPerson.id}${call.path}`, { key: secret, method: call.method ?? 'GET' })).status).toBe(404);
    const ofKey = (await t.call('/v1/exports', { key: secret, body: { format: 'csv', filter: { status: '5xx' } } })).json;
    const listed = (await t.call('/v1/exports?limit=200', { key: secret })).json.data as { id: string; source: string }[];
    expect(listed.map(({ source }) => source)).not.toContain('activity');
    expect(listed.map(({ id }) => id)).toContain(ofKey.id);
  });

  it.each(['csv', 'jsonl'])('of a member holds no request of nobody, and says so (%s)', async (format) => {
    const { id, rows, manifest } = await made({ format }, 'member');
    const [known] = await t.sql<{ rows: number }>(
      `select count(*)::int as rows from audit_record
       where organization_id = $1 and actor_type <> 'anonymous' and sequence <= $2`,
      [organizations.home, manifest.files[0].snapshotSequence],
    );
    expect([rows, manifest.files[0].hidden, manifest.files[0].contiguous]).toEqual([known!.rows, expect.stringContaining('without a known caller'), null]); // prettier-ignore
    const content = (await bytesOf(id)).body.toString();
    expect(content).not.toContain('anonymous');
    expect((await made({ format, filter: { actorType: 'anonymous' } }, 'member')).rows).toBe(0);
  });

  it('of an unfiltered log has every number of the sequence, and says so; what retention took is stated', async () => {
    const whole = await made({ format: 'jsonl' }, 'admin');
    expect(whole.manifest.files[0]).toMatchObject({
      contiguous: true,
      retention: { cutsPeriod: false, missingSequences: null, recordedLate: 0 },
    });
    expect(whole.manifest.files[0].recordedGaps.missingAtMost).toBeGreaterThan(0);
    await t.sql(`update organization set plan = 'starter' where id = $1`, [organizations.home]);
    await t.sql(`update audit_log set occurred_at = occurred_at - interval '10 days' where organization_id = $1 and sequence <= 5`, [
      organizations.home,
    ]);
    // A journal that was found weeks later.
    await storeRecords(t, [aRecord({ startedAt: ago(10 * DAY_MS) }), aRecord({ startedAt: ago(9 * DAY_MS) })]);
    const cut = await made({ format: 'jsonl', filter: { from: ago(30 * DAY_MS) } }, 'admin');
    expect(cut.manifest.files[0]).toMatchObject({
      firstSequence: 6,
      retention: { cutsPeriod: true, missingSequences: { from: 1, to: 5 }, recordedLate: 2 },
    });
    expect((await bytesOf(cut.id)).body.toString()).not.toMatch(/"sequence":[1-5],/);
    expect(Number(cut.rows)).toBeGreaterThan(100);
    await t.sql(`update audit_log set occurred_at = occurred_at + interval '10 days' where organization_id = $1 and sequence <= 5`, [
      organizations.home,
    ]);
    await t.sql(`update organization set plan = 'enterprise' where id = $1`, [organizations.home]);
  });

  it.each([
    ['an unknown format', { format: 'xlsx' }, '/format'],
    ['a filter that the log does not know', { filter: { colour: 'red' } }, '/filter'],
    ['a value that the grammar refuses', { filter: { status: '9xx' } }, '/filter/status'],
    ['half a character', { filter: { path: '/\ud800' } }, '/filter/path'],
    ['a filter of no value', { filter: { path: [] } }, '/filter/path'],
    ['a time zone that is none', { timeZone: 'Mars/Olympus' }, '/timeZone'],
    ['an unknown column', { columns: ['secret'] }, '/columns'],
    ['columns of another source', { source: 'activity', columns: ['id'] }, '/columns'],
    ['a filter of rows for another source', { source: 'activity', filter: { status: '404' } }, '/filter'],
  ])('refuses %s', async (_, body, pointer) => {
    const answer = await ask(body);
    expect([answer.status, answer.json.issues?.[0].pointer]).toEqual([400, pointer]);
  });
});

describe('downloads', () => {
  it('go on where they broke off, and are each in the activity once', async () => {
    const { id, files } = await made({ gzip: true });
    const whole = await bytesOf(id);
    expect([whole.status, whole.headers.get('accept-ranges'), whole.headers.get('content-disposition')]).toEqual([200, 'bytes', `attachment; filename="${files[0].name}"`]); // prettier-ignore
    const middle = Math.floor(whole.body.length / 2);
    const [first, rest, end] = await Promise.all(
      [`bytes=0-${middle - 1}`, `bytes=${middle}-`, 'bytes=-10'].map((range) => bytesOf(id, '', { range })),
    );
    expect([first!.status, rest!.headers.get('content-range')]).toEqual([
      206,
      `bytes ${middle}-${whole.body.length - 1}/${whole.body.length}`,
    ]);
    expect(Buffer.concat([first!.body, rest!.body])).toEqual(whole.body);
    expect(end!.body).toEqual(whole.body.subarray(-10));
    const beyond = await bytesOf(id, '', { range: `bytes=${whole.body.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${whole.body.length}`]);
    expect((await bytesOf(id, '', { range: 'bytes=5-', 'if-range': '"another"' })).status).toBe(200);
    const entries = async () =>
      (
        await t.sql<{ action: string }>(
          `select action from activity where target_id = (select id from export order by created_at desc limit 1) order by occurred_at`,
        )
      ).map(({ action }) => action);
    // All of it three times: whole, in parts, and whole again because the file was another.
    const expected = ['export.created', 'export.finished', ...Array<string>(3).fill('export.downloaded')];
    expect(await entries()).toEqual(expected);
    // Hands nothing out.
    const head = await fetch(`${t.url}/v1/exports/${id}/download`, { method: 'HEAD', headers: await cookie('admin') });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(whole.body.length)]);
    expect(await entries()).toEqual(expected);
    expect(gunzipSync(whole.body).toString()).toMatch(/^id,requestId,startedAt,sequence/);
  });

  it('of several files are one tar, with the manifest in it', async () => {
    await t.call('/v1/reviews', { as: 'admin', body: { kind: 'access' } });
    const { json: incident } = await t.call('/v1/incidents', { as: 'admin', body: { title: 'Found in a gist', addresses: ['203.0.113.7'], note: 'Whose?' } }); // prettier-ignore
    const { id, manifest } = await made({ source: 'period', format: 'jsonl', filter: { from: ago(3 * DAY_MS) } });
    expect(manifest.files.map(({ part }: { part: string }) => part)).toEqual([
      'auditLogs',
      'activity',
      'reviews',
      'purgeCertificates',
      'incidents',
    ]);
    const { body } = await bytesOf(id);
    const entries = untar(body);
    expect([...entries.keys()]).toEqual([
      ...manifest.files.map(({ name }: { name: string }) => name),
      `${id}.manifest.json`,
      `${id}.manifest.json.sig`,
      `${id}.public-key.pem`,
    ]);
    for (const { name, sha256: sum, rows } of manifest.files) {
      expect([sha256(entries.get(name)!), entries.get(name)!.toString().split('\n').length - 1]).toEqual([sum, rows]);
    }
    // An incident is whole: what its own report says, with the sums that are signed there.
    const [row] = entries.get(manifest.files[4].name)!.toString().trim().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
    const { json: whole } = await t.call(`/v1/incidents/${incident.id}/report`, { as: 'admin' });
    expect([row.id, JSON.parse(row.report), row.evidence]).toEqual([incident.id, whole.report, whole.evidence]);
    expect([row.reportSha256, row.evidenceSha256]).toEqual([whole.manifest.report.sha256, whole.manifest.evidence.sha256]);
    const part = await bytesOf(id, 'bundle', { range: 'bytes=700-90000' });
    expect(part.body).toEqual(body.subarray(700, 90_001));
    expect(sha256((await bytesOf(id, 'reviews')).body)).toBe(manifest.files[2].sha256);
  });

  it('end when the role does, however much is left', async () => {
    const rows = Array.from({ length: 2_000 }, () => aRecord({ startedAt: ago(DAY_MS), path: '/v1/large', userAgent: 'x'.repeat(12_000) }));
    await storeRecords(t, rows);
    const { id, bytes } = await made({ format: 'jsonl', filter: { path: '/v1/large' } }, 'admin');
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      cookie('admin').then((headers) => get(`${t.url}/v1/exports/${id}/download`, { headers }, resolve).on('error', reject), reject);
    });
    // It reads as slowly as a line far away.
    let read = 0;
    response.on('data', (chunk: Buffer) => {
      read += chunk.length;
      response.pause();
      setTimeout(() => response.resume(), 10);
    });
    response.on('error', () => undefined);
    const over = new Promise((resolve) => response.on('close', resolve));
    await t.sql(`update membership set role = 'guest' where user_id = $1`, [people.admin.id]);
    await over;
    await t.sql(`update membership set role = 'admin' where user_id = $1`, [people.admin.id]);
    expect([response.statusCode, response.complete, read < bytes]).toEqual([200, false, true]);
  });

  it('end with the export: its files go after 7 days or by DELETE, its manifest stays', async () => {
    const [old, deleted] = [await made({}), await made({})];
    await t.sql(
      `update export set expires_at = now() - interval '1 second' where state = 'ready' and id <> (select id from export order by created_at desc limit 1)`,
    );
    expect((await t.call(`/v1/exports/${deleted.id}`, { as: 'member', method: 'DELETE' })).status).toBe(204);
    await t.app.get(ExportWorker).tidy();
    for (const { id } of [old, deleted]) {
      const gone = await t.call(`/v1/exports/${id}/download`, { as: 'member' });
      expect([gone.status, gone.json.code]).toEqual([410, 'export_expired']);
      expect([(await t.call(`/v1/exports/${id}`, { as: 'member' })).json.state, (await bytesOf(id, 'manifest')).status]).toEqual([
        'expired',
        200,
      ]);
    }
    expect(readdirSync(join(t.config.dataDirectory, 'exports'))).toEqual([]);
  });
});

describe('tools/verify-export', () => {
  const tool = resolve(__dirname, '../../../../tools/verify-export/verify-export.mjs');
  const run = (...words: string[]) => spawnSync(process.execPath, [tool, ...words], { encoding: 'utf8' });
  /** Of one export each is told another lie. */
  let whole: ReturnType<typeof downloaded> | null = null;
  /** Everything of an export, in a folder of its own. */
  async function downloaded(body: object): Promise<{ folder: string; id: string; data: string }> {
    const { id, files } = await made({ ...body, filter: { from: ago(3 * DAY_MS) } }, 'admin');
    const folder = mkdtempSync(join(t.config.dataDirectory, 'checked-'));
    const bundle = (await bytesOf(id, 'bundle')).body;
    writeFileSync(join(folder, 'export.tar'), bundle);
    for (const [name, bytes] of untar(bundle)) writeFileSync(join(folder, name), bytes);
    return { folder, id, data: join(folder, files[0].name) };
  }

  it.each([
    { format: 'csv', separator: 'tab' },
    { format: 'jsonl', gzip: true },
    { format: 'json' },
    { format: 'parquet' },
    { source: 'period', format: 'csv', gzip: true },
  ])('finds that a whole export holds, in a folder and as a tar: %j', async (body) => {
    const { folder, id } = await downloaded(body);
    const pem = join(folder, `${id}.public-key.pem`);
    for (const words of [[join(folder, 'export.tar')], [join(folder, `${id}.manifest.json`), '--key', pem]]) {
      const { status, stdout, stderr } = run(...words);
      expect([status, stderr, stdout.includes('FAIL')]).toEqual([0, '', false]);
      if (body.format !== 'parquet') expect(stdout).toMatch(/sequence \d+ to \d+, rising/);
    }
  });

  it.each<[string, (paths: { folder: string; id: string; data: string }) => void]>([
    ['a row that was taken out', ({ data }) => writeFileSync(data, readFileSync(data, 'utf8').split('\n').toSpliced(2, 1).join('\n'))],
    ['a digit that was changed', ({ data }) => writeFileSync(data, readFileSync(data, 'utf8').replace(/"status":500/, '"status":200'))],
    ['a file that is missing', ({ data }) => rmSync(data)],
    ['a manifest that was changed', ({ folder, id }) => change(join(folder, `${id}.manifest.json`), (text) => text.replace(/"rows":\d+/, '"rows":1'))],
    ['a manifest with a blank', ({ folder, id }) => change(join(folder, `${id}.manifest.json`), (text) => `${text} `)],
    ['a signature by another key', ({ folder, id }) => {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519');
      const manifest = readFileSync(join(folder, `${id}.manifest.json`));
      writeFileSync(join(folder, `${id}.manifest.json.sig`), sign(null, manifest, privateKey));
      writeFileSync(join(folder, `${id}.public-key.pem`), publicKey.export({ format: 'pem', type: 'spki' }));
    }],
  ])('finds %s', async (_, tamper) => {
    const sound = await (whole ??= downloaded({ format: 'jsonl' }));
    const folder = mkdtempSync(join(t.config.dataDirectory, 'tampered-'));
    cpSync(sound.folder, folder, { recursive: true });
    rmSync(join(folder, 'export.tar'));
    const paths = { folder, id: sound.id, data: join(folder, basename(sound.data)) };
    tamper(paths);
    const { status, stdout } = run(paths.folder);
    expect([status, stdout.includes('FAIL')]).toEqual([1, true]);
  }); // prettier-ignore

  // What one program unpacks of a tar, another does not: the file that was checked must be the one that is read afterwards.
  it.each<[string, (parts: { tar: Buffer; name: string; forged: Buffer }) => Buffer]>([
    ['a file that is not of the export', ({ tar, forged }) => Buffer.concat([tarEntry('exp_1.audit-logs-2.jsonl', forged), tar])],
    ['a second file of the same name', ({ tar, name, forged }) => Buffer.concat([tarEntry(name, forged), tar])],
    ['a file that is renamed by the entry before it', ({ tar, name, forged }) => {
      const rename = ` path=${name}\n`;
      return Buffer.concat([tar.subarray(0, -1_024), tarEntry('x', Buffer.from(`${rename.length + 3}${rename}`), 'x'), tarEntry('junk', forged), Buffer.alloc(1_024)]);
    }],
    ['a file behind the end', ({ tar, name, forged }) => Buffer.concat([tar, tarEntry(name, forged), Buffer.alloc(1_024)])],
  ])('finds in a tar %s', async (_, tamper) => {
    const { folder, id, data } = await downloaded({ format: 'jsonl', columns: ['id', 'sequence', 'status'] });
    const [pem, tar] = [join(folder, `${id}.public-key.pem`), join(folder, 'export.tar')];
    const forged = Buffer.from(readFileSync(data, 'utf8').replaceAll('500', '200'));
    writeFileSync(tar, tamper({ tar: readFileSync(tar), name: basename(data), forged }));
    const { status, stdout } = run('--key', pem, tar);
    expect([status, stdout.includes('FAIL')]).toEqual([1, true]);
  }); // prettier-ignore

  it('says what it cannot know: whose key lies beside an export, and what else lies there', async () => {
    const { folder, id } = await downloaded({ format: 'json' });
    writeFileSync(join(folder, `${id}.audit-logs-2.csv`), 'forged');
    const { status, stdout } = run(folder);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/note {2}exp_\w+\.audit-logs-2\.csv: is not part of the export[^]*if its key is that of PineBill/)]); // prettier-ignore
  });

  it('says when there is nothing to check', () => {
    const { status, stderr } = run(t.config.dataDirectory);
    expect([status, stderr]).toEqual([2, expect.stringContaining('0 manifests')]);
  });
});

const change = (path: string, by: (text: string) => string): void => writeFileSync(path, by(readFileSync(path, 'utf8')));

describe('GET /v1/audit-logs?format=', () => {
  const direct = (query: string, as: Person = 'admin') => t.call(`/v1/audit-logs?${query}`, { as });

  it('is the same rows as an export, at once, and an entry of the activity', async () => {
    const filter = { status: '5xx', from: ago(3 * DAY_MS) };
    const { id, rows } = await made({ format: 'csv', filter }, 'admin');
    const csv = await direct(`format=csv&status=5xx&from=${filter.from}`);
    expect([csv.status, csv.headers.get('content-type'), csv.headers.get('content-disposition')]).toEqual([200, expect.stringMatching(/^text\/csv/), 'attachment; filename="api-logs.csv"']); // prettier-ignore
    const sequences = (text: string): string[] =>
      [...text.matchAll(/^log_[^,]+,req_[^,]+,[^,]+,(\d+),/gm)].map(([, sequence]) => sequence!);
    expect(sequences(csv.text)).toEqual(sequences((await bytesOf(id)).body.toString()));
    const lines = (await direct(`format=jsonl&status=5xx&from=${filter.from}`)).text.trim().split('\n');
    expect(lines).toHaveLength(rows);
    const [entry] = await t.sql<{ after: object }>(
      `select after from activity where action = 'export.streamed' order by occurred_at desc limit 1`,
    );
    expect(entry!.after).toEqual({ format: 'jsonl', filter, rows });
  });

  it('is refused beyond 10,000 records, and for who may only read', async () => {
    const newest = Date.now() - DAY_MS;
    const at = (index: number): string => new Date(newest - index).toISOString();
    await storeRecords(
      t,
      Array.from({ length: 10_001 }, (_, index) => aRecord({ startedAt: at(index), path: '/v1/many' })),
    );
    const many = await direct('format=csv&path=/v1/many');
    expect([many.status, many.json.code]).toEqual([400, 'too_many_rows']);
    expect((await direct(`format=jsonl&path=/v1/many&to=${at(0)}`)).text.trim().split('\n')).toHaveLength(10_000);
    const reader = (await t.call('/v1/api-keys', { as: 'admin', body: { name: 'reads only', scopes: ['audit:read'] } })).json.secret;
    const refused = await t.call('/v1/audit-logs?format=csv', { key: reader });
    expect([refused.status, refused.json.scope]).toEqual([403, 'audit:export']);
    for (const query of ['format=xml', 'format=csv&limit=5', 'format=csv&cursor=x']) expect((await direct(query)).status).toBe(400);
  });
});
