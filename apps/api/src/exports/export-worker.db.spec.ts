import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Client } from 'pg';
import { Tenant } from '../database/tenant';
import { parseId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { anotherProcess, organizations, startTestApp, type TestApp } from '../testing/test-app';
import { ExportEndings } from './export-endings.service';
import { ExportFolders } from './export-folders';
import { ExportPlaces } from './export-places';
import { ExportRun, LeaseLost } from './export-run';
import { EXPORTS_LOOK, ExportWorker } from './export-worker.jobs';
import { findExport, keepLease, type Lease } from './exports.queries';
import { AuditLogPart } from './parts/audit-log-part';
import type { Part } from './parts/part';

let t: TestApp;
let worker: ExportWorker;
let session: Promise<string> | null = null;
const ROWS = 300;

beforeAll(async () => {
  t = await startTestApp(__filename);
  worker = t.app.get(ExportWorker);
  // What these specs leave unfinished, nobody takes behind their back.
  t.app.get(SchedulerRegistry).deleteInterval(EXPORTS_LOOK);
  await store(ROWS);
});
afterAll(() => t.close());

const store = (rows: number): Promise<void> =>
  storeRecords(t, Array.from({ length: rows }, (_, index) => aRecord({ startedAt: new Date(Date.now() - 3_600_000 + index).toISOString(), path: `/v1/${index}` }))); // prettier-ignore

/** Waiting, and nobody takes it. */
async function asked(body: object): Promise<{ id: string; uuid: string }> {
  const { json } = await t.call('/v1/exports', { as: 'admin', body });
  return { id: json.id, uuid: parseId('exp', json.id)! };
}
const view = async (id: string) => (await t.call(`/v1/exports/${id}`, { as: 'admin' })).json;

class Killed extends Error {}

/** Somebody takes it, writes so many pages of 20 rows, and dies: nothing is released, nothing is tidied. */
type Around = { others?: readonly Part[]; places?: ExportFolders };
async function dieAfter(pages: number, uuid: string, { others = [], places }: Around = {}): Promise<Lease> {
  const [taken] = await t.sql<{ attempt: number }>(`update export set state = 'running', attempt = attempt + 1, worked_on_by = 'elsewhere', lease_until = now() + interval '1 hour' where id = $1 returning attempt`, [uuid]); // prettier-ignore
  const lease = { organizationId: organizations.home, id: uuid, attempt: taken!.attempt };
  const tenant = t.app.get(Tenant);
  const row = await tenant.run(lease, (tx) => findExport(tx, lease));
  let left = pages;
  const run = new ExportRun(row!, {
    parts: [new AuditLogPart(tenant, { rows: 20, span: { least: 20, first: 20, most: 20, wantedRows: 20 } }), ...others],
    places: places ?? t.app.get<ExportFolders>(ExportPlaces),
    keep: (progress) => tenant.run(lease, (tx) => keepLease(tx, lease, progress)),
    goOn: () => {
      if (left-- === 0) throw new Killed();
    },
    keepEveryMs: 0,
  });
  const error: unknown = await run.files().catch((thrown: unknown) => thrown);
  if (!(error instanceof Killed)) throw error;
  return lease;
}
/** Where whoever works on an export dies, with the part before it finished. */
const deadly: Part = {
  name: 'activity',
  fileName: 'activity',
  columns: () => [],
  plan: () => Promise.reject(new Killed()),
  write: () => Promise.reject(new Killed()),
};
const leaseEnds = (uuid: string) => t.sql(`update export set lease_until = now() - interval '1 second' where id = $1`, [uuid]);

const paths = (bytes: Buffer): string[] => [...bytes.toString().matchAll(/\/v1\/(\d+)/g)].map(([, path]) => path!);
async function contentOf(id: string, gzip: boolean): Promise<Buffer> {
  const response = await fetch(`${t.url}/v1/exports/${id}/download`, {
    headers: { cookie: await (session ??= t.signIn('admin')), origin: t.url },
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return gzip ? gunzipSync(bytes) : bytes;
}

describe('an export whose process dies', () => {
  // The test's own look-around would take it at once.
  beforeEach(() => t.sql(`update export set state = 'failed' where state in ('queued', 'running')`));

  it.each([
    ['csv', false],
    ['csv', true],
    ['jsonl', true],
    ['json', false],
  ])('is gone on with where it was, and holds what it was to hold (%s, gzip %s)', async (format, gzip) => {
    const filter = { path: '/v1/*', actorType: 'anonymous' };
    const { id, uuid } = await asked({ format, gzip, filter });
    await dieAfter(7, uuid);
    const before = await view(id);
    expect([before.state, before.rows > 100, before.rows < ROWS]).toEqual(['running', true, true]);
    // Not a row of what came since.
    await store(5);
    await worker.look();
    expect((await view(id)).state).toBe('running');
    await leaseEnds(uuid);
    await worker.look();
    const after = await view(id);
    expect(after).toMatchObject({ state: 'ready', rows: before.expectedRows, expectedRows: before.expectedRows });
    const content = await contentOf(id, gzip);
    const [found] = await t.sql<{ paths: string[] }>(
      `select array_agg(substr(path, 5) order by sequence) as paths from audit_record where organization_id = $1 and path like '/v1/%' and actor_type = 'anonymous' and sequence <= $2`,
      [organizations.home, after.manifest.files[0].snapshotSequence],
    );
    expect(paths(content)).toEqual(found!.paths);
    if (format === 'json') expect(JSON.parse(content.toString())).toHaveLength(after.rows);
    // The file of the dead is gone.
    await expect(
      t.app.get(ExportPlaces).has(join(t.app.get(ExportPlaces).folder({ id: uuid, attempt: 1 }), after.files[0].name)),
    ).resolves.toBe(false);
  });

  it('begins anew, with the same rows, where its file cannot be reached, or cannot be gone on with', async () => {
    for (const format of ['jsonl', 'parquet']) {
      const { id, uuid } = await asked({ format });
      const lease = await dieAfter(5, uuid);
      const snapshot = (
        await t.sql<{ n: number }>(`select (progress #>> '{part,plan,facts,snapshotSequence}')::int as n from export where id = $1`, [uuid])
      )[0]!.n;
      if (format === 'jsonl') rmSync(t.app.get(ExportPlaces).folder(lease), { recursive: true });
      await store(5);
      await leaseEnds(uuid);
      await worker.look();
      const { state, rows, expectedRows, manifest } = await view(id);
      expect([state, rows, manifest.files[0].snapshotSequence]).toEqual(['ready', expectedRows, snapshot]);
    }
  });

  it('writes a part once more whose file was finished and cannot be reached', async () => {
    for (const gone of ['folder', 'file']) {
      const { id, uuid } = await asked({ format: 'jsonl', source: 'period' });
      const lease = await dieAfter(Infinity, uuid, { others: [deadly] });
      const [before] = await t.sql<{ done: number }>(`select jsonb_array_length(progress -> 'done') as done from export where id = $1`, [
        uuid,
      ]);
      expect(before!.done).toBe(1);
      const folder = t.app.get(ExportPlaces).folder(lease);
      if (gone === 'folder') rmSync(folder, { recursive: true });
      else truncateSync(join(folder, `${id}.audit-logs.jsonl`), 100);
      await leaseEnds(uuid);
      await worker.look();
      const { state, files } = await view(id);
      expect([state, files.length]).toEqual(['ready', 5]);
      expect((await contentOf(id, false)).length).toBeGreaterThan(files[0].bytes);
    }
  });

  it('is not taken from who works on it while nothing is written yet', async () => {
    const { id, uuid } = await asked({ format: 'csv' });
    const usual = worker.renewEveryMs;
    worker.renewEveryMs = 20;
    // Nothing can be counted meanwhile.
    const lock = new Client({ connectionString: t.db.url, options: '-c search_path=app' });
    await lock.connect();
    await lock.query('begin; lock table audit_log in access exclusive mode');
    const looking = worker.look();
    const is = async (condition: string): Promise<boolean> =>
      (await t.sql<{ holds: boolean }>(`select ${condition} as holds from export where id = $1`, [uuid]))[0]!.holds;
    while (!(await is('progress is not null'))) await delay(5);
    await leaseEnds(uuid);
    for (let looks = 0; !(await is('lease_until > now()')); looks++) {
      expect(looks).toBeLessThan(200);
      await delay(10);
    }
    await lock.end();
    await looking;
    worker.renewEveryMs = usual;
    expect((await view(id)).state).toBe('ready');
  });

  it('fails, and says so, when rows are gone that were counted, or when it was begun without end', async () => {
    const gone = await asked({ format: 'csv' });
    await dieAfter(2, gone.uuid);
    await t.sql(`update export set progress = jsonb_set(progress, '{part,plan,rows}', '99999'), lease_until = now() where id = $1`, [
      gone.uuid,
    ]);
    await worker.look();
    expect(await view(gone.id)).toMatchObject({ state: 'failed', failure: { code: 'incomplete' }, files: [], manifest: null });
    const endless = await asked({ format: 'csv' });
    await t.sql('update export set attempt = 20 where id = $1', [endless.uuid]);
    await worker.look();
    expect(await view(endless.id)).toMatchObject({ state: 'failed', failure: { code: 'gave_up' } });
    const refused = await t.call(`/v1/exports/${gone.id}/download`, { as: 'admin' });
    expect([refused.status, refused.json.code]).toEqual([409, 'export_not_ready']);
    const entries = await t.sql<{ code: string }>(
      `select after ->> 'code' as code from activity where action = 'export.failed' order by occurred_at`,
    );
    expect(entries.map(({ code }) => code)).toEqual(['incomplete', 'gave_up']);
  });
});

it('where nothing can be written, an export fails after five times, not only when it was begun without end', async () => {
  const places = t.app.get<{ root: string }>(ExportPlaces);
  const { root } = places;
  places.root = join(t.config.dataDirectory, 'a file');
  writeFileSync(places.root, '');
  const { id, uuid } = await asked({ format: 'csv' });
  for (let times = 0; times < 6; times++) {
    await worker.look();
    await t.sql(`update export set lease_until = now() - interval '1 second' where id = $1 and state = 'running'`, [uuid]);
  }
  places.root = root;
  expect(await view(id)).toMatchObject({ state: 'failed', failure: { code: 'internal_error' } });
  const [row] = await t.sql<{ attempt: number }>('select attempt from export where id = $1', [uuid]);
  expect(row).toEqual({ attempt: 5 });
});

it('a cancelled export stops, and whoever lost its lease ends nothing', async () => {
  const { id, uuid } = await asked({ format: 'jsonl' });
  const lease = await dieAfter(3, uuid);
  expect((await t.call(`/v1/exports/${id}`, { as: 'member', method: 'DELETE' })).status).toBe(404);
  expect((await t.call(`/v1/exports/${id}`, { as: 'admin', method: 'DELETE' })).status).toBe(204);
  const kept = await t.app.get(Tenant).run(lease, (tx) => keepLease(tx, lease, { attempt: 1, done: [], part: null, failures: 0 }));
  expect(kept).toBe(false);
  expect(await view(id)).toMatchObject({ state: 'failed', failure: { code: 'cancelled', detail: 'It was cancelled by A admin.' } });
  await worker.look();
  expect((await view(id)).state).toBe('failed');
});

it('whoever fails after another has taken over leaves the files of the other alone', async () => {
  const { id, uuid } = await asked({ format: 'csv', filter: { path: '/v1/*' } });
  const places = t.app.get(ExportPlaces);
  const theirs = join(places.folder({ id: uuid, attempt: 2 }), 'theirs');
  const make = jest.spyOn(places, 'make').mockImplementationOnce(async (lease) => {
    // In the folder that both share.
    await t.sql(`update export set attempt = 2, worked_on_by = 'elsewhere', lease_until = now() + interval '1 hour' where id = $1`, [uuid]);
    await places.make({ ...lease, attempt: 2 });
    writeFileSync(theirs, 'rows');
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  await worker.look();
  expect([make.mock.calls.length, (await view(id)).state, await places.has(theirs)]).toEqual([2, 'running', true]);
  make.mockRestore();
  await t.sql(`update export set state = 'failed' where id = $1`, [uuid]);
});

it('whoever lost its lease cannot make the export ready, whatever it has written', async () => {
  const { uuid } = await asked({ format: 'csv' });
  const lease = await dieAfter(2, uuid);
  await t.sql('update export set attempt = attempt + 1 where id = $1', [uuid]);
  const row = await t.app.get(Tenant).run(lease, (tx) => findExport(tx, lease));
  await expect(t.app.get(ExportEndings).ready(row!, lease, [])).rejects.toThrow(LeaseLost);
  expect(await t.sql(`select 1 from activity where target_id = $1 and action = 'export.finished'`, [uuid])).toEqual([]);
  await t.sql(`update export set state = 'failed' where id = $1`, [uuid]);
});

it('a disk that fills up ends an export before it ends the records', async () => {
  const { uuid } = await asked({ format: 'jsonl' });
  class FullDisk extends ExportFolders {
    override isFull = () => Promise.resolve(true);
  }
  await expect(dieAfter(100, uuid, { places: new FullDisk(t.app.get(ExportPlaces).root) })).rejects.toThrow(/too little room/);
  await t.sql(`update export set state = 'failed' where id = $1`, [uuid]);
});

it('several processes make each export once; a file of another process is asked of that process', async () => {
  const second = await anotherProcess(t);
  try {
    const all = await Promise.all(Array.from({ length: 6 }, () => asked({ format: 'csv' })));
    // Whoever is first: both look once a second by themselves.
    for (let open = 6; open > 0;) {
      await worker.look();
      open = (await t.call('/v1/exports?state=queued,running', { as: 'admin' })).json.data.length;
    }
    const counted = await t.sql<{ finished: number; exports: number }>(
      `select count(*)::int as finished, count(distinct target_id)::int as exports from activity where action = 'export.finished' and target_id = any($1)`,
      [all.map(({ uuid }) => uuid)],
    );
    expect(counted).toEqual([{ finished: 6, exports: 6 }]);
    const [{ id, uuid }] = all as [(typeof all)[number]];
    rmSync(join(t.config.dataDirectory, 'exports', uuid), { recursive: true, force: true });
    const elsewhere = await t.call(`/v1/exports/${id}/download`, { as: 'admin' });
    expect([elsewhere.status, elsewhere.json.code]).toEqual([503, 'export_elsewhere']);
  } finally {
    await second.close();
  }
});

it('no more than ten wait for one organization, however many are asked for at the same moment', async () => {
  await t.sql(`update export set state = 'failed' where state in ('queued', 'running')`);
  const answers = await Promise.all(Array.from({ length: 15 }, () => t.call('/v1/exports', { as: 'admin', body: { format: 'csv' } })));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(10);
  await t.sql(`update export set state = 'failed' where state in ('queued', 'running')`);
  const [row] = await t.sql<{ columns: string }>(`select string_agg(quote_ident(column_name), ', ') as columns from information_schema.columns where table_schema = 'app' and table_name = 'export' and column_name not in ('id', 'state', 'lease_until')`); // prettier-ignore
  await t.sql(`insert into export (id, state, lease_until, ${row!.columns}) select gen_random_uuid(), 'running', now() + interval '1 hour', ${row!.columns} from (select * from export limit 1) e, generate_series(1, 10)`); // prettier-ignore
  const refused = await t.call('/v1/exports', { as: 'admin', body: { format: 'csv' } });
  expect([refused.status, refused.json.code]).toEqual([409, 'too_many_exports']);
});
