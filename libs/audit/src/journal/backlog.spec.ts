import fc from 'fast-check';
import type { AuditRecord } from '../audit.types';
import { aRecord, journalDirectory } from '../testing/audit-database';
import { Backlog } from './backlog';
import { Journal } from './journal';

/** A journal with a backlog over it. */
async function aBacklog(memoryBytes: number, resting = new Set<string>()) {
  const directory = await journalDirectory();
  const { journal } = await Journal.open({ directory: directory.path, segmentBytes: 3_000, onError: () => undefined });
  const backlog = new Backlog(journal.segments, (id) => resting.has(id), memoryBytes);
  journal.onDurable = (entries) => backlog.push(entries);
  const write = (record: AuditRecord): Promise<void> => journal.append({ type: 'release', record }).flushed;
  return {
    backlog,
    journal,
    write,
    async end() {
      await journal.close(0n);
      await directory.remove();
    },
  };
}

describe('the backlog', () => {
  it('gives every row once and in order, however little fits into memory', async () => {
    const step = fc.oneof(fc.record({ write: fc.integer({ min: 1, max: 9 }) }), fc.record({ take: fc.integer({ min: 1, max: 9 }) }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer({ min: 0, max: 5_000 }), async (steps, memoryBytes) => {
        const { backlog, journal, write, end } = await aBacklog(memoryBytes);
        const written: string[] = [];
        const taken: string[] = [];
        const take = async (limit: number): Promise<bigint | null> => {
          const { rows, upTo } = await backlog.take(limit);
          taken.push(...rows.map(({ record }) => record.id));
          if (upTo !== null) await journal.discard(upTo);
          return upTo;
        };
        for (const next of steps) {
          if ('take' in next) await take(next.take);
          else {
            const records = Array.from({ length: next.write }, () => aRecord());
            written.push(...records.map(({ id }) => id));
            await Promise.all(records.map(write));
          }
        }
        while ((await take(7)) !== null);
        expect(taken).toEqual(written);
        await end();
      }),
      { numRuns: 40 },
    );
  });

  it('stops at the first record that rests', async () => {
    const resting = new Set<string>();
    const { backlog, write, end } = await aBacklog(1_000_000, resting);
    const [first, second, third] = [aRecord(), aRecord(), aRecord()];
    resting.add(second.id);
    await Promise.all([first, second, third].map(write));
    expect((await backlog.take(10)).rows.map(({ record }) => record.id)).toEqual([first.id]);
    expect(await backlog.take(10)).toEqual({ rows: [], upTo: null });
    resting.clear();
    expect((await backlog.take(10)).rows.map(({ record }) => record.id)).toEqual([second.id, third.id]);
    await end();
  });

  it('counts what is no row as dealt with', async () => {
    const { backlog, journal, end } = await aBacklog(1_000_000);
    await journal.append({ type: 'provisional', record: aRecord() }).flushed;
    expect(await backlog.take(10)).toEqual({ rows: [], upTo: journal.lastDurableOffset });
    await end();
  });
});
