import { open, readdir, readFile, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { aRecord, journalDirectory } from '../testing/audit-database';
import { JournalUnavailableError } from '../not-recorded';
import { Journal, type DurableEntry } from './journal';
import { readState } from './journal-state';

let directory: Awaited<ReturnType<typeof journalDirectory>>;
let opened: Journal[];
beforeEach(async () => {
  directory = await journalDirectory();
  opened = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(opened.map((journal) => journal.close(0n)));
  await directory.remove();
});

async function aJournal(
  segmentBytes = 1_000_000,
  path = directory.path,
): Promise<Awaited<ReturnType<typeof Journal.open>> & { durable: DurableEntry[] }> {
  const journal = await Journal.open({ directory: path, segmentBytes, onError: () => undefined });
  opened.push(journal.journal);
  const durable: DurableEntry[] = [];
  journal.journal.onDurable = (entries) => durable.push(...entries);
  return { ...journal, durable };
}

const segments = async (): Promise<string[]> => (await readdir(directory.path)).filter((name) => name.endsWith('.journal')).sort();

/** The prototype of every FileHandle: where the disk can be made to fail. */
async function fileHandle(): Promise<FileHandle> {
  const handle = await open(join(directory.path, 'probe'), 'w');
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}

const release = (id?: string) => ({ type: 'release' as const, record: aRecord(id ? { id } : {}) });

describe('the journal', () => {
  it('can be closed while its mode is being saved', async () => {
    for (let round = 0; round < 20; round++) {
      const { journal } = await aJournal();
      await Promise.all([journal.saveMode('async'), journal.close(0n)]);
      expect((await readState(directory.path))?.mode).toBe('async');
    }
  });

  it('flushes many entries with few flushes, in the order they came, before it says so', async () => {
    const { journal, durable } = await aJournal();
    const flush = jest.spyOn(await fileHandle(), 'datasync');
    const entries = Array.from({ length: 200 }, () => release());
    const told: bigint[] = [];
    await Promise.all(
      entries.map((entry) => {
        const { offset, flushed } = journal.append(entry);
        return flushed.then(() => {
          expect(durable.at(-1)?.offset).toBeGreaterThanOrEqual(offset);
          told.push(offset);
        });
      }),
    );
    expect(durable.map(({ content }) => content)).toEqual(entries);
    expect(told).toEqual([...told].sort((a, b) => (a < b ? -1 : 1)));
    expect(flush.mock.calls.length).toBeLessThan(5);
  });

  it('never writes to a file again whose flush failed, and puts what nobody was told of into a new one', async () => {
    const { journal } = await aJournal();
    await journal.append(release()).flushed;
    const [first] = await segments();
    const trusted = await readFile(join(directory.path, first!));
    jest.spyOn(await fileHandle(), 'datasync').mockRejectedValueOnce(Object.assign(new Error('EIO'), { code: 'EIO' }));
    const record = aRecord();
    await journal.append({ type: 'release', record }).flushed;
    await journal.append(release()).flushed;
    const [again, second] = await segments();
    expect(await readFile(join(directory.path, again!))).toEqual(trusted);
    expect((await readFile(join(directory.path, second!), 'utf8')).includes(record.id)).toBe(true);
    expect(journal.lastError).toBeNull();
  });

  it('refuses while the disk does not take anything, and goes on without a restart when it does again', async () => {
    const { journal } = await aJournal();
    await journal.append(release()).flushed;
    const failing = jest
      .spyOn(await fileHandle(), 'datasync')
      .mockRejectedValue(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    await expect(journal.append(release()).flushed).rejects.toThrow(JournalUnavailableError);
    await expect(journal.append(release()).flushed).rejects.toThrow('no space left');
    expect(journal.lastError).toContain('no space left');
    failing.mockRestore();
    await journal.append(release()).flushed;
    expect(journal.lastError).toBeNull();
    expect(await segments()).toHaveLength(2);
  });

  it('keeps the files whose entries are not dealt with, and deletes the others, oldest first', async () => {
    const { journal, durable } = await aJournal(2_000);
    for (let count = 0; count < 10; count++) await journal.append(release()).flushed;
    const before = await segments();
    expect(before.length).toBeGreaterThan(3);
    await journal.discard(durable[4]!.offset);
    const kept = await segments();
    expect(before.slice(-kept.length)).toEqual(kept);
    expect(await readFile(join(directory.path, kept[0]!), 'utf8')).toContain(
      durable[5]!.content.type === 'release' ? durable[5]!.content.record.id : '',
    );
    await journal.discard(durable.at(-1)!.offset);
    expect((await segments()).length).toBeLessThanOrEqual(1);
  });

  it('carries the provisional entry of a request that still runs forward, so that its file can go', async () => {
    const { journal, durable } = await aJournal(2_000);
    const running = aRecord({ path: '/v1/still-running' });
    await journal.append({ type: 'provisional', record: running }).flushed;
    const [first] = await segments();
    for (let count = 0; count < 10; count++) await journal.append(release()).flushed;
    await journal.discard(durable.at(-1)!.offset);
    expect(await segments()).not.toContain(first);
    await journal.close(durable.at(-1)!.offset);
    const { recovered } = await aJournal();
    expect([...recovered.open.values()].map(({ record }) => record)).toEqual([running]);
  });

  it('knows a request as finished once its release is there, wherever its provisional entry went', async () => {
    const { journal, durable } = await aJournal(2_000);
    const running = aRecord();
    await journal.append({ type: 'provisional', record: running }).flushed;
    for (let count = 0; count < 6; count++) await journal.append(release()).flushed;
    await Promise.all([journal.discard(durable.at(-1)!.offset), journal.append({ type: 'release', record: running }).flushed]);
    await journal.close(0n);
    expect((await aJournal()).recovered.open.size).toBe(0);
  });

  it('numbers go on upwards over a restart, also when the directory was lost', async () => {
    const first = await aJournal();
    await first.journal.append(release()).flushed;
    const last = first.durable.at(-1)!.offset;
    await first.journal.close(last);
    expect(await segments()).toEqual([]);
    const second = await aJournal();
    expect(second.journal.firstOffset).toBeGreaterThan(last);
    expect(second.journal.id).toBe(first.journal.id);
    const elsewhere = await journalDirectory();
    const third = await aJournal(1_000, elsewhere.path);
    expect(third.journal.firstOffset).toBeGreaterThan(last);
    expect(third.journal.id).not.toBe(first.journal.id);
    await third.journal.close(0n);
    await elsewhere.remove();
  });
});

describe('recovery', () => {
  it('takes what was flushed: rows, open requests, changes', async () => {
    const { journal } = await aJournal();
    const [done, open] = [aRecord(), aRecord()];
    await journal.append({ type: 'provisional', record: done }).flushed;
    await journal.append({ type: 'provisional', record: open }).flushed;
    await journal.append({ type: 'release', record: done }).flushed;
    await journal.append({ type: 'amend', id: done.id, change: { outcome: 'aborted' } }).flushed;
    await journal.close(0n);
    const { recovered } = await aJournal();
    expect(recovered).toMatchObject({ rows: 1, damages: [] });
    expect([...recovered.open.keys()]).toEqual([open.id]);
    expect([...recovered.amendments]).toEqual([[done.id, { outcome: 'aborted' }]]);
  });

  it('takes every whole entry around damaged ones, and says where they were', async () => {
    const { journal, durable } = await aJournal();
    for (let count = 0; count < 5; count++) await journal.append(release()).flushed;
    await journal.close(0n);
    const path = join(directory.path, (await segments())[0]!);
    const bytes = await readFile(path);
    bytes[durable[2]!.position + 100]! ^= 0x01;
    await writeFile(path, bytes.subarray(0, -1));
    const { recovered } = await aJournal();
    expect(recovered.rows).toBe(3);
    expect(recovered.damages).toMatchObject([
      {
        path,
        bytes: durable[2]!.bytes + durable[4]!.bytes - 1,
        places: [
          { after: durable[1]!.offset, before: durable[3]!.offset },
          { after: durable[3]!.offset, before: null },
        ],
      },
    ]);
  });

  it('survives a damaged header, a damaged state file and an empty segment', async () => {
    const { journal } = await aJournal();
    await journal.append(release()).flushed;
    await journal.close(0n);
    const [first] = await segments();
    const bytes = await readFile(join(directory.path, first!));
    bytes[3]! ^= 0xff;
    await writeFile(join(directory.path, first!), bytes);
    await writeFile(join(directory.path, '0000000099.journal'), '');
    await writeFile(join(directory.path, 'state'), '{"journalId"');
    const { recovered } = await aJournal();
    expect(recovered.rows).toBe(1);
    expect(recovered.damages).toHaveLength(1);
    expect(await readState(directory.path)).not.toBeNull();
  });

  it('keeps the journal it was when only its state file is damaged', async () => {
    const { journal } = await aJournal();
    await journal.append(release()).flushed;
    await journal.close(0n);
    await writeFile(join(directory.path, 'state'), 'torn');
    expect((await aJournal()).journal.id).toBe(journal.id);
  });
});
