import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { AuditWriter } from './audit.writer';
import type { AuditWriterOptions } from './audit.writer.options';
import type { AuditRecord } from './audit.types';
import { journalDirectory } from './testing/audit-database';
import { CollectingStore } from './testing/edge-app';
import { aRecord } from './testing/records';
import { recordId } from './record-id';

const organizationId = '00000000-0000-4000-8000-000000000001';
const aCall = (): AuditRecord => aRecord({ id: recordId(new Date()), organizationId });

let directory: Awaited<ReturnType<typeof journalDirectory>>;
let opened: { writer: AuditWriter; store: CollectingStore }[];
beforeEach(async () => {
  directory = await journalDirectory();
  opened = [];
});
afterEach(async () => {
  for (const { store } of opened) store.isAway = false; // or closing would wait for it
  await Promise.all(opened.map(({ writer }) => writer.close()));
  await directory.remove();
});

async function aWriter(
  name = 'journal',
  store = new CollectingStore(),
  options: Partial<AuditWriterOptions> = {},
): Promise<{ writer: AuditWriter; store: CollectingStore }> {
  const given = { mode: 'async' as const, directory: join(directory.path, name), store, onError: () => undefined };
  const writer = await AuditWriter.open({ ...given, ...options });
  opened.push({ writer, store });
  return { writer, store };
}

/** What the next start finds when the process is killed now: copied at once, so that nothing more reaches the disk. */
function killNow(): () => Promise<AuditRecord[]> {
  const copy = `copy-${copies++}`;
  cpSync(join(directory.path, 'journal'), join(directory.path, copy), {
    recursive: true,
    filter: (path) => !path.includes('lock') && !path.endsWith('state.next'),
  });
  return async () => {
    const { writer, store } = await aWriter(copy);
    await writer.flush();
    return store.records;
  };
}
let copies = 0;

const requests = (records: readonly AuditRecord[]): number => records.filter(({ kind }) => kind === 'request').length;
const admitted = (records: readonly AuditRecord[]): number =>
  records.flatMap(({ gap }) => gap ?? []).reduce((sum, { count, atMost }) => sum + (count ?? atMost), 0);

const away = (): CollectingStore => Object.assign(new CollectingStore(), { isAway: true });

/** A first answer waits for its block; from then on nobody waits. */
async function answerAll(writer: AuditWriter, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => writer.release(aCall())));
}

describe('mode async, killed', () => {
  it('admits at least what is missing, and not much more', async () => {
    const { writer } = await aWriter('journal', away());
    await answerAll(writer, 10);
    for (const answered of [410, 810, 1_210]) {
      const released = answerAll(writer, 400); // no turn of the event loop: none of them is on disk
      const left = await killNow()();
      expect(answered - requests(left)).toBeGreaterThanOrEqual(400);
      expect(admitted(left)).toBeGreaterThanOrEqual(answered - requests(left));
      expect(admitted(left)).toBeLessThan(2_500);
      expect(left.filter(({ kind }) => kind === 'gap')).toMatchObject([
        { outcome: 'unknown', gap: { count: null, cause: 'process_died' } },
      ]);
      await released;
    }
  });

  it('admits what is missing also where rows that answer nobody were written meanwhile', async () => {
    const { writer } = await aWriter('journal', away());
    await answerAll(writer, 1);
    await Promise.all(Array.from({ length: 900 }, () => writer.conclude({ ...aCall(), kind: 'gap' })));
    const released = answerAll(writer, 490);
    const left = await killNow()();
    expect(491 - requests(left)).toBeGreaterThanOrEqual(490);
    expect(admitted(left)).toBeGreaterThanOrEqual(490);
    await released;
  });

  it('admits what a full journal did not take, before any gap record could be written', async () => {
    const { writer } = await aWriter('journal', away(), { maxJournalBytes: 20_000 });
    for (let at = 0; at < 60; at++) await answerAll(writer, 50);
    expect(writer.status().lost).toBeGreaterThan(2_000);
    const left = await killNow()();
    expect(requests(left) + admitted(left)).toBeGreaterThanOrEqual(3_000);
  });

  it('admits no more than one block and what was on its way, however many were answered before', async () => {
    const { writer } = await aWriter('journal', away());
    for (let at = 0; at < 50; at++) await answerAll(writer, 200);
    expect(admitted(await killNow()())).toBeLessThan(2_500);
  });

  it('tells the home organization, whoever called first', async () => {
    const home = '00000000-0000-4000-8000-00000000000a';
    const { writer } = await aWriter('journal', away(), { homeOrganizationId: () => home });
    await answerAll(writer, 1);
    const released = answerAll(writer, 5);
    expect((await killNow()()).filter(({ kind }) => kind === 'gap')).toMatchObject([{ organizationId: home }]);
    await released;
  });

  it('leaves no gap when it ended in order', async () => {
    const { writer, store } = await aWriter();
    await answerAll(writer, 600);
    await writer.close();
    expect(store.records.map(({ kind }) => kind)).toEqual(Array(600).fill('request'));
  });
});
