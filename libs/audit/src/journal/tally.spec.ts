import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Gaps } from '../audit.gaps';
import type { AuditRecord } from '../audit.types';
import { Tally, type Tallied } from './tally';

let directory: string;
const opened: Tally[] = [];
const openTally = async (): Promise<Tally> => {
  const tally = await Tally.open(directory);
  opened.push(tally);
  return tally;
};
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'pinebill-tally-'))));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((tally) => tally.close().catch(() => undefined)));
  rmSync(directory, { recursive: true, force: true });
});

const at = new Date('2026-03-01T12:00:00.000Z');
const entry = (organizationId: string, atMost: number): Tallied => ({ organizationId, cause: 'journal_failing', from: at, to: at, atMost });
const path = () => join(directory, 'refused');

it('is there again after a kill, and keeps its size', async () => {
  const tally = await openTally();
  const size = readFileSync(path()).length;
  await tally.write([entry('a', 64)]);
  await tally.write([entry('a', 128), entry('b', 64)]);
  expect((await openTally()).left).toEqual([entry('a', 128), entry('b', 64)]);
  expect(readFileSync(path())).toHaveLength(size);
});

it('falls back to the one before when a write was cut off, wherever', async () => {
  const tally = await openTally();
  await tally.write([entry('a', 64)]);
  const before = readFileSync(path());
  await tally.write([entry('a', 128)]);
  const after = readFileSync(path());
  const changed = [...after.keys()].filter((index) => after[index] !== before[index]);
  const [first, last] = [changed[0] ?? 0, changed.at(-1) ?? 0];
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: first, max: last }), async (cut) => {
      writeFileSync(path(), Buffer.concat([after.subarray(0, cut), before.subarray(cut)]));
      expect((await openTally()).left).toEqual([entry('a', 64)]);
    }),
    { numRuns: 50 },
  );
});

it('loses no bound of any organization where there are too many of them', async () => {
  const many = Array.from({ length: 1_000 }, (_, index) => entry(`01930000-0000-7000-8000-${String(index).padStart(12, '0')}`, 3));
  await (await openTally()).write(many);
  const { left } = await openTally();
  expect(left.reduce((sum, { atMost }) => sum + atMost, 0)).toBe(3_000);
});

it('is gone after an orderly end, and stays when something is still to be told', async () => {
  await (await openTally()).close();
  expect(() => readFileSync(path())).toThrow('ENOENT');
  const tally = await openTally();
  await tally.write([entry('a', 64)]);
  await tally.close();
  expect((await openTally()).left).toHaveLength(1);
});

describe('what is refused', () => {
  const gapsOn = (tally: Tally, write: (record: AuditRecord) => Promise<void>) =>
    new Gaps({ tally, write, isFull: () => false, told: () => undefined });

  it('is admitted by the next process after a kill, never less than it was, and told of once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000 }), async (count) => {
        const lost = gapsOn(await openTally(), () => Promise.reject(new Error('The disk takes nothing.')));
        for (let refused = 0; refused < count; refused++) await lost.count({ organizationId: 'a', gap: null }, 'journal_failing');

        const written: AuditRecord[] = [];
        const heir = gapsOn(await openTally(), (record) => Promise.resolve(void written.push(record)));
        await heir.close();
        expect(written).toHaveLength(1);
        expect(written[0]?.gap).toMatchObject({ count: null, cause: 'journal_failing' });
        expect(written[0]?.gap?.atMost).toBeGreaterThanOrEqual(count);
        expect(written[0]?.gap?.atMost).toBeLessThanOrEqual(Math.max(64, 2 * count));
        expect((await openTally()).left).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});
