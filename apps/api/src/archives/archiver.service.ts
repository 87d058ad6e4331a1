/**
 * Writes away what the next purge may take: Parquet, a month of records at most in a file, to the place that the organization has chosen. A file counts once it was
 * brought back, and its sum and its rows were right; until then the purge takes nothing of it (retention/archived.queries.ts). Whatever fails is done again with the
 * next one; what a dead attempt left lies in a folder of its own name, and is nobody's.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { everyRecord, lastSequence, recordsBySequence, type StoredRecord } from '@pinebill/nestjs-audit';
import { DataSource, type EntityManager } from 'typeorm';
import { logColumns } from '../audit-logs';
import { APP_CONFIG, type AppConfig } from '../config';
import { Tenant } from '../database/tenant';
import { Destinations, ParquetEncoder, type DestinationKind } from '../exports';
import { retentionOf } from '../plan';
import { Clock } from '../platform/clock';
import { newId, typeId } from '../platform/ids';
import { lastVerified } from './archives.queries';
import { askDuckDb, parquetOf } from './duckdb';

const PAGE = 2_000;
export const ARCHIVE_FILE = 'audit-logs.parquet';
const EPOCH = new Date(0);

/** Records of [from, to), and late ones from before with numbers behind `lateAfter`; all up to a number. */
type Span = { organizationId: string; destination: DestinationKind; from: Date; to: Date; lateAfter: number; upTo: number };
type Written = {
  rows: number;
  first: number | null;
  last: number | null;
  oldest: string | null;
  newest: string | null;
  bytes: number;
  sha256: string;
};

@Injectable()
export class Archiver {
  private readonly logger = new Logger('Archives');

  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly destinations: Destinations,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'dataDirectory'>,
  ) {}

  async run(signal: AbortSignal = new AbortController().signal): Promise<void> {
    const rows = await this.db.query<{ id: string }[]>('select organizations_that_archive() as id');
    const failures: unknown[] = [];
    // One whose destination is away keeps no other waiting.
    for (const { id } of rows) await this.archiveOf(id, signal).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  private async archiveOf(organizationId: string, signal: AbortSignal): Promise<void> {
    for (let span = await this.next(organizationId); span && !signal.aborted; span = await this.next(organizationId))
      await this.archive(span, signal);
  }

  /** Null: all that may be purged is archived. */
  private next(organizationId: string): Promise<Span | null> {
    return this.tenant.run({ organizationId }, async (tx) => {
      const [row] = await tx.query<{ archive_to: DestinationKind | null }[]>('select archive_to from organization where id = $1', [
        organizationId,
      ]);
      if (!row?.archive_to) return null;
      const { purgedBefore } = await retentionOf(tx, organizationId, this.clock.now());
      const before = await lastVerified(tx, organizationId);
      const from = before?.to_at ?? EPOCH;
      const upTo = await lastSequence(tx, organizationId);
      const span = { organizationId, destination: row.archive_to, from, lateAfter: Number(before?.up_to_sequence ?? 0), upTo };
      if (await hasLate(tx, span)) return { ...span, to: from };
      const to = await endOf(tx, { organizationId, from, purgedBefore });
      return to && { ...span, to };
    });
  }

  private async archive(span: Span, signal: AbortSignal): Promise<void> {
    const id = newId();
    const location = `${typeId('org', span.organizationId)}/archives/${typeId('arc', id)}`;
    const folder = await mkdtemp(join(this.config.dataDirectory, 'archive-'));
    try {
      await this.begin(span, { id, location });
      const path = join(folder, ARCHIVE_FILE);
      const written = await this.write(span, path, signal);
      await this.deliver(span, { location, path, written }, signal);
      const returned = join(folder, `returned-${ARCHIVE_FILE}`);
      await this.place(span).fetch(location, ARCHIVE_FILE, returned);
      await verify(returned, written);
      await this.end(span, id, written);
    } catch (error) {
      await this.fail(span, id, error).catch(() => undefined);
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private place({ destination }: Span) {
    const found = this.destinations.find(destination);
    if (!found) throw new Error(`Whoever runs PineBill has taken the destination ${destination} away.`);
    return found;
  }

  private async write(span: Span, path: string, signal: AbortSignal): Promise<Written> {
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
          signal.throwIfAborted();
          const asked = { organizationId: span.organizationId, filter: everyRecord, ...range, after, upTo: span.upTo };
          const records = await this.tenant.run(span, (tx) => recordsBySequence(tx, asked, PAGE));
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

  private async deliver(
    span: Span,
    { location, path, written }: { location: string; path: string; written: Written },
    signal: AbortSignal,
  ): Promise<void> {
    const { bytes, sha256, ...figures } = written;
    const paper = Buffer.from(
      `${JSON.stringify({ version: 1, file: ARCHIVE_FILE, bytes, sha256, ...figures, before: span.to.toISOString() }, null, 2)}\n`,
    );
    const sum = createHash('sha256').update(paper).digest('hex');
    await this.place(span).deliver(
      {
        location,
        files: [
          { name: ARCHIVE_FILE, content: { path, size: bytes }, bytes, sha256 },
          { name: 'manifest.json', content: { bytes: paper }, bytes: paper.length, sha256: sum },
        ],
      },
      signal,
    );
  }

  private begin(span: Span, { id, location }: { id: string; location: string }): Promise<unknown> {
    return this.tenant.run(span, (tx) =>
      tx.query(
        `insert into archive (organization_id, id, created_at, state, to_at, up_to_sequence, destination, location, file) values ($1, $2, $3, 'writing', $4, $5, $6, $7, $8)`,
        [span.organizationId, id, this.clock.now(), span.to, span.upTo, span.destination, location, ARCHIVE_FILE],
      ),
    );
  }

  private end({ organizationId }: Span, id: string, written: Written): Promise<unknown> {
    this.logger.log(`${written.rows} records are archived and verified.`, { archive: id });
    return this.tenant.run({ organizationId }, (tx) =>
      tx.query(
        `update archive set state = 'verified', verified_at = $3, rows = $4, first_sequence = $5, last_sequence = $6, oldest_at = $7, newest_at = $8, bytes = $9, sha256 = $10
         where organization_id = $1 and id = $2`,
        [
          ...[organizationId, id, this.clock.now(), written.rows, written.first, written.last, written.oldest, written.newest],
          ...[written.bytes, written.sha256],
        ],
      ),
    );
  }

  private fail({ organizationId }: Span, id: string, error: unknown): Promise<unknown> {
    const failure = error instanceof Error ? error.message.slice(0, 500) : 'It failed.';
    return this.tenant.run({ organizationId }, (tx) =>
      tx.query(`update archive set state = 'failed', failure = $3 where organization_id = $1 and id = $2`, [organizationId, id, failure]),
    );
  }
}

/** Something was recorded since, of a time that is archived already. */
async function hasLate(tx: EntityManager, { organizationId, from, lateAfter, upTo }: Omit<Span, 'to'>): Promise<boolean> {
  if (from <= EPOCH) return false;
  const late = { organizationId, filter: everyRecord, from: EPOCH, to: from, after: lateAfter, upTo };
  return (await recordsBySequence(tx, late, 1)).length > 0;
}

type Purgeable = { organizationId: string; from: Date; purgedBefore: Date };
/** Of the month of the oldest record that is not archived, or where the purge ends. Null: there is none. */
async function endOf(tx: EntityManager, { organizationId, from, purgedBefore }: Purgeable): Promise<Date | null> {
  const [oldest] = await tx.query<{ at: Date | null }[]>(
    'select min(occurred_at) as at from audit_log where organization_id = $1 and occurred_at >= $2 and occurred_at < $3',
    [organizationId, from, purgedBefore],
  );
  if (!oldest?.at) return null;
  const monthEnds = new Date(Date.UTC(oldest.at.getUTCFullYear(), oldest.at.getUTCMonth() + 1));
  return monthEnds < purgedBefore ? monthEnds : purgedBefore;
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

/** As it lies there: the same bytes, and another reader than the writer finds the same rows in them. */
async function verify(path: string, written: Written): Promise<void> {
  const { size } = await stat(path);
  const sum = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  if (size !== written.bytes || sum !== written.sha256) throw new Error('What came back from the destination is not what was written.');
  const [row] = await askDuckDb(
    `select count(*)::integer as rows, count(distinct sequence)::integer as numbers from ${parquetOf([path])}`,
    [],
  );
  if (Number(row?.['rows']) !== written.rows || Number(row?.['numbers']) !== written.rows)
    throw new Error('The archive does not hold the rows that were written.');
}
