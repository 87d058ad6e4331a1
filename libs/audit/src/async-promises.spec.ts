import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditWriter } from './audit.writer';
import type { AuditRecord } from './audit.types';
import { journalDirectory } from './testing/audit-database';
import { CollectingStore } from './testing/edge-app';
import { aRecord } from './testing/records';
import { recordId } from './record-id';

const organizationId = '00000000-0000-4000-8000-000000000001';
const aCall = (): AuditRecord => aRecord({ id: recordId(new Date()), organizationId });

let directory: Awaited<ReturnType<typeof journalDirectory>>;
let opened: AuditWriter[];
beforeEach(async () => {
  directory = await journalDirectory();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((writer) => writer.close()));
  await directory.remove();
});

async function aWriter(name = 'journal', store = new CollectingStore()): Promise<{ writer: AuditWriter; store: CollectingStore }> {
  const writer = await AuditWriter.open({ mode: 'async', directory: join(directory.path, name), store, onError: () => undefined });
  opened.push(writer);
  return { writer, store };
}

/** What the next start finds when the process is killed now. */
async function afterKill(): Promise<AuditRecord[]> {
  const copy = `copy-${opened.length}`;
  await cp(join(directory.path, 'journal'), join(directory.path, copy), {
    recursive: true,
    filter: (path) => !path.includes('lock') && !path.endsWith('state.next'),
  });
  const { writer, store } = await aWriter(copy);
  await writer.flush();
  return store.records;
}

const away = (): CollectingStore => Object.assign(new CollectingStore(), { isAway: true });

describe('mode async, killed', () => {
  it('leaves one gap record that admits at least what is missing', async () => {
    const { writer } = await aWriter('journal', away());
    const answered = Array.from({ length: 2_500 }, aCall);
    const left: AuditRecord[][] = [];
    for (const [at, record] of answered.entries()) {
      await writer.release(record);
      // Killed at once: nothing was given the time to reach the disk.
      if (at % 500 === 499) left.push(await afterKill());
    }
    for (const [at, records] of left.entries()) {
      const missing = (at + 1) * 500 - records.filter(({ kind }) => kind === 'request').length;
      const gaps = records.filter(({ kind }) => kind === 'gap');
      expect(gaps).toMatchObject(missing > 0 ? [{ outcome: 'unknown', gap: { count: null, cause: 'process_died' } }] : gaps);
      const [admitted = 0] = gaps.map(({ gap }) => gap!.atMost);
      expect(admitted).toBeGreaterThanOrEqual(missing);
      expect(admitted).toBeLessThan(2_500);
    }
  });

  it('admits no more than one block and what was on its way, however many were answered before', async () => {
    const { writer } = await aWriter('journal', away());
    for (let at = 0; at < 10_000; at++) {
      await writer.release(aCall());
      if (at % 100 === 0) await new Promise(setImmediate);
    }
    const [gap] = (await afterKill()).filter(({ kind }) => kind === 'gap');
    expect(gap?.gap?.atMost).toBeLessThan(4_000);
  });

  it('leaves none when it ended in order', async () => {
    const { writer, store } = await aWriter();
    for (let at = 0; at < 600; at++) await writer.release(aCall());
    await writer.close();
    expect(store.records.map(({ kind }) => kind)).toEqual(Array(600).fill('request'));
  });
});
