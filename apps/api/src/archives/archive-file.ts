/** Writes one archive to the disk. Runs in a thread of its own where the product is built: rows are encoded and compressed there, and no request waits for it. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { everyRecord, recordsBySequence, type StoredRecord } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { logColumns } from '../audit-logs';
import { ParquetEncoder, type DestinationKind } from '../exports';

const PAGE = 2_000;
export const EPOCH = new Date(0);

/** Records of [from, to), and late ones from before with numbers behind `lateAfter`; all up to a number. */
export type Span = { organizationId: string; destination: DestinationKind; from: Date; to: Date; lateAfter: number; upTo: number };

export type Written = {
  rows: number;
  first: number | null;
  last: number | null;
  oldest: string | null;
  newest: string | null;
  bytes: number;
  sha256: string;
};
/** Transactions of the organization: Tenant, or what a thread has instead. */
export type Reading = { run<T>(of: { organizationId: string }, work: (tx: EntityManager) => Promise<T>): Promise<T> };

/** `goOn` throws when it shall end. */
export async function writeArchive(span: Span, path: string, { reading, goOn }: { reading: Reading; goOn: () => void }): Promise<Written> {
  const encoder = new ParquetEncoder(logColumns);
  const hash = createHash('sha256');
  const written: Written = { rows: 0, first: null, last: null, oldest: null, newest: null, bytes: 0, sha256: '' };
  const file = await open(path, 'wx', 0o640);
  const put = async (bytes: Buffer): Promise<void> => {
    hash.update(bytes);
    written.bytes += bytes.length;
    await file.writeFile(bytes);
  };
  try {
    await put(encoder.head());
    for (const range of [
      { from: EPOCH, to: span.from, after: span.lateAfter },
      { from: span.from, to: span.to, after: 0 },
    ]) {
      for (let after = range.after, more = range.from < range.to; more;) {
        goOn();
        const asked = { organizationId: span.organizationId, filter: everyRecord, ...range, after, upTo: span.upTo };
        const records = await reading.run(span, (tx) => recordsBySequence(tx, asked, PAGE));
        count(written, records);
        await put(
          encoder.rows(records.map((record) => ({ cells: () => logColumns.map(({ value }) => value(record)), object: () => record }))),
        );
        after = records.at(-1)?.sequence ?? after;
        more = records.length === PAGE;
      }
    }
    await put(encoder.tail());
    await file.sync();
  } finally {
    await file.close();
  }
  return { ...written, sha256: hash.digest('hex') };
}

function count(written: Written, records: readonly StoredRecord[]): void {
  for (const { sequence, startedAt } of records) {
    written.rows++;
    written.first = Math.min(written.first ?? sequence, sequence);
    written.last = Math.max(written.last ?? sequence, sequence);
    written.oldest = written.oldest === null || startedAt < written.oldest ? startedAt : written.oldest;
    written.newest = written.newest === null || startedAt > written.newest ? startedAt : written.newest;
  }
}
