import { hostname } from 'node:os';
import { PostgresStore } from '@pinebill/nestjs-audit';
import { Client } from 'pg';
import { newId } from '../platform/ids';
import { Lifecycle } from '../platform/lifecycle';
import { aRecord } from '../testing/records';
import { organizations, startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
  t.app.get(Lifecycle).listening();
});
afterAll(() => t.close());

describe('GET /v1/system', () => {
  it('shows an admin the state of each part', async () => {
    const { status, json } = await t.call('/v1/system', { as: 'admin' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      ready: true,
      mode: 'durable',
      process: { host: hostname(), pid: process.pid, state: 'ready' },
      database: { reachable: true, version: expect.stringMatching(/^\d+\.\d+/), roles: { separated: true } },
      journal: { maxBytes: 1_073_741_824, storage: 'ok' },
      shipper: { lastError: null },
      counts: { unrecordable: 0, coalesced: 0, lost: 0, quarantined: 0, damaged: 0 },
    });
    const month = new Date().toISOString().slice(0, 7);
    expect(json.partitions.months).toContain(month);
    expect(json.partitions.strayRows).toBe(0);
  });

  it('says when each part last finished its work', async () => {
    await t.call('/v1/system', { as: 'admin' });
    const shipped = async () => (await t.call('/v1/system', { as: 'admin' })).json.checkpoints as { part: string; at: string | null }[];
    let checkpoints = await shipped();
    while (checkpoints.some(({ at }) => at === null)) checkpoints = await shipped();
    expect(checkpoints.map(({ part }) => part)).toEqual(['journal', 'shipper', 'partitions', 'postgres']);
    // The journal has what the last call left, the database what reached it after the start.
    const [journal, shipper, partitions] = checkpoints.map(({ at }) => Date.parse(at!));
    expect(Date.now() - journal!).toBeLessThan(60_000);
    expect(shipper).toBeGreaterThan(partitions!);
  });

  it('is shown to no admin of another organization, and says whose business it is', async () => {
    for (const path of ['/v1/system', '/v1/system/quarantine']) {
      const { status, json } = await t.call(path, { as: 'stranger' });
      expect([status, json.code]).toEqual([403, 'insufficient_role']);
      expect(json.detail).toContain('organization that it belongs to');
    }
  });

  it('tells the session whether the organization is the one', async () => {
    expect((await t.call('/v1/session', { as: 'admin' })).json.organization.isHome).toBe(true);
    expect((await t.call('/v1/session', { as: 'stranger' })).json.organization.isHome).toBe(false);
  });

  it('takes no parameter', async () => {
    expect((await t.call('/v1/system?part=journal', { as: 'admin' })).json.code).toBe('unknown_parameter');
  });
});

describe('GET /v1/system/quarantine', () => {
  const mine = aRecord({ startedAt: new Date().toISOString(), ip: '10.0.0.256' });
  const theirSecret = 'canary-of-elsewhere';
  const theirs = { ...mine, organizationId: organizations.other, path: `/${theirSecret}`, ip: theirSecret };
  const nobodys = { ...mine, organizationId: 'not a uuid' };

  /** By the store itself, which refuses them and keeps them aside, one after the other. */
  beforeAll(async () => {
    const store = new PostgresStore({ url: t.db.url });
    const journalId = newId();
    for (const [index, record] of [mine, theirs, nobodys].entries()) {
      const offset = BigInt(index + 1);
      const entries = [{ offset, record }];
      const refused = await store.append({ journalId, entries, upTo: offset }).catch((error: unknown) => error);
      await store.quarantine(journalId, entries[0]!, refused as Parameters<typeof store.quarantine>[2]);
    }
    await store.close();
  });

  it('shows the own records and those of nobody as they were, and of the others that they are there, newest first', async () => {
    const { json, text } = await t.call('/v1/system/quarantine', { as: 'admin' });
    expect(json.nextCursor).toBeNull();
    expect(json.data).toHaveLength(3);
    expect(json.data[0]).toMatchObject({ offset: '3', organization: null, error: expect.stringContaining('not a uuid') });
    expect(json.data[1]).toMatchObject({ offset: '2', organization: { name: 'Elsewhere' }, record: null });
    expect(json.data[1].error).toBe('invalid input syntax for type inet: "..."');
    expect(json.data[2]).toMatchObject({ offset: '1', organization: { name: 'Home' }, error: expect.stringContaining('10.0.0.256') });
    expect(JSON.parse(json.data[2].record as string)).toEqual(mine);
    expect(text).not.toContain(theirSecret);
  });

  it('counts on every page what the list holds, whichever process put it there and when', async () => {
    const { json } = await t.call('/v1/system', { as: 'admin' });
    expect(json.counts.quarantined).toBe(3);
    expect(json.warnings).toContainEqual(expect.objectContaining({ code: 'quarantine', message: expect.stringMatching(/^3 records/) }));
    expect((await t.call('/readyz')).json.parts.quarantine).toEqual({ records: 3 });
  });

  it('is nothing to any other organization, also in the database', async () => {
    const client = new Client({ connectionString: t.db.url, options: '-c role=pinebill_app -c search_path=app' });
    await client.connect();
    const seen = async (organizationId: string) => {
      await client.query('begin');
      await client.query(`set local app.organization_id = '${organizationId}'`);
      const { rowCount } = await client.query('select * from quarantine_of_installation(null, null, 10)');
      await client.query('rollback');
      return rowCount;
    };
    expect([await seen(organizations.home), await seen(organizations.other)]).toEqual([3, 0]);
    expect((await client.query('select * from quarantine_of_installation(null, null, 10)')).rowCount).toBe(0);
    await client.end();
  });

  it('pages without losing or repeating one', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = '', rounds = 0; cursor !== null && rounds < 10; rounds++) {
      const { json }: { json: { data: { offset: string }[]; nextCursor: string | null } } = await t.call(
        `/v1/system/quarantine?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
        { as: 'admin' },
      );
      seen.push(...json.data.map(({ offset }) => offset));
      cursor = json.nextCursor;
    }
    expect(seen).toEqual(['3', '2', '1']);
  });
});
