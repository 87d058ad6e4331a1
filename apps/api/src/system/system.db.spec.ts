import { hostname } from 'node:os';
import { PostgresStore } from '@pinebill/nestjs-audit';
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
  const theirs = { ...mine, organizationId: organizations.other };
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

  it('shows the own records and those of nobody, as they were, newest first', async () => {
    const { json } = await t.call('/v1/system/quarantine', { as: 'admin' });
    expect(json.nextCursor).toBeNull();
    expect(json.data).toHaveLength(2);
    expect(json.data[0]).toMatchObject({ offset: '3', hasOrganization: false, error: expect.stringContaining('not a uuid') });
    expect(json.data[1]).toMatchObject({ offset: '1', hasOrganization: true, error: expect.stringContaining('10.0.0.256') });
    expect(JSON.parse(json.data[1].record as string)).toEqual(mine);
  });

  it('pages without losing or repeating one', async () => {
    const first = (await t.call('/v1/system/quarantine?limit=1', { as: 'admin' })).json;
    const second = (await t.call(`/v1/system/quarantine?limit=1&cursor=${first.nextCursor}`, { as: 'admin' })).json;
    expect([...first.data, ...second.data].map(({ offset }: { offset: string }) => offset)).toEqual(['3', '1']);
    expect(second.nextCursor).toBeNull();
  });
});
