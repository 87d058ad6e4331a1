/**
 * Writes away what the next purge may take: Parquet, a month or a million records at most in a file, to the place that the organization has chosen. A file counts once it was
 * brought back, and its sum and its rows were right; until then the purge takes nothing of it (retention/archived.queries.ts). Whatever fails is done again with the
 * next one; what a dead attempt left lies in a folder of its own name, and is nobody's.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config';
import { Tenant } from '../database/tenant';
import { Destinations } from '../exports';
import { Clock } from '../platform/clock';
import { newId, typeId } from '../platform/ids';
import type { Span, Written } from './archive-file';
import { ArchiveFolders } from './archive-folders';
import { MOST_ROWS, nextSpan } from './archive-span';
import { writtenArchive } from './archive-writing';
import { askDuckDb, duckDbPlaces, parquetOf } from './duckdb';

export const ARCHIVE_FILE = 'audit-logs.parquet';
const MANIFEST = 'manifest.json';
const VERIFY_MS = 60_000;

@Injectable()
export class Archiver {
  private readonly logger = new Logger('Archives');

  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly destinations: Destinations,
    private readonly clock: Clock,
    private readonly folders: ArchiveFolders,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'database' | 'archiveThread'>,
  ) {}

  /** `mostRows`: of one file. */
  async run(signal: AbortSignal = new AbortController().signal, mostRows = MOST_ROWS): Promise<void> {
    const rows = await this.db.query<{ id: string }[]>('select organizations_that_archive() as id');
    const failures: unknown[] = [];
    // One whose destination is away keeps no other waiting.
    for (const { id } of rows) await this.archiveOf(id, { signal, mostRows }).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  private async archiveOf(organizationId: string, { signal, mostRows }: { signal: AbortSignal; mostRows: number }): Promise<void> {
    const next = (): Promise<Span | null> =>
      this.tenant.run({ organizationId }, (tx) => nextSpan(tx, { organizationId, now: this.clock.now(), mostRows }));
    await this.endInterrupted(organizationId);
    for (let span = await next(); span && !signal.aborted; span = await next()) await this.archive(span, signal);
  }

  /** This job runs in one process at a time: whoever was writing is no more. */
  private endInterrupted(organizationId: string): Promise<unknown> {
    return this.tenant.run({ organizationId }, (tx) =>
      tx.query(`update archive set state = 'failed', failure = $2 where organization_id = $1 and state = 'writing'`, [
        organizationId,
        'It was interrupted. The next one takes its records.',
      ]),
    );
  }

  private archive(span: Span, signal: AbortSignal): Promise<void> {
    const id = newId();
    const location = `${typeId('org', span.organizationId)}/archives/${typeId('arc', id)}`;
    return this.folders.within(async (folder) => {
      try {
        await this.begin(span, { id, location });
        const path = join(folder, ARCHIVE_FILE);
        const { archiveThread: thread, database } = this.config;
        const written = await writtenArchive(span, path, { thread, databaseUrl: database.url, reading: this.tenant, signal });
        await this.deliver(span, { location, path, written }, signal);
        const returned = join(folder, `returned-${ARCHIVE_FILE}`);
        await this.place(span).fetch(location, ARCHIVE_FILE, returned, signal);
        await verify(returned, written, signal);
        await this.end(span, id, written);
      } catch (error) {
        await this.fail(span, { id, location }, error).catch(() => undefined);
        throw error;
      }
    });
  }

  private place({ destination }: Span) {
    const found = this.destinations.find(destination);
    if (!found) throw new Error(`Whoever runs PineBill has taken the destination ${destination} away.`);
    return found;
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
          { name: MANIFEST, content: { bytes: paper }, bytes: paper.length, sha256: sum },
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

  /** What lies at its place is nobody's: it is removed, or remains where the place is away. */
  private async fail(span: Span, { id, location }: { id: string; location: string }, error: unknown): Promise<void> {
    const failure = error instanceof Error ? error.message.slice(0, 500) : 'It failed.';
    await this.destinations
      .find(span.destination)
      ?.remove(location, [ARCHIVE_FILE, MANIFEST])
      .catch(() => undefined);
    await this.tenant.run(span, (tx) =>
      tx.query(`update archive set state = 'failed', failure = $3 where organization_id = $1 and id = $2`, [
        span.organizationId,
        id,
        failure,
      ]),
    );
  }
}

/** As it lies there: the same bytes, and another reader than the writer finds the same rows in them. */
async function verify(path: string, written: Written, signal: AbortSignal): Promise<void> {
  const { size } = await stat(path);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  if (size !== written.bytes || hash.digest('hex') !== written.sha256)
    throw new Error('What came back from the destination is not what was written.');
  // People who search go first come first served; this waits, and comes before whoever asks next.
  const leave = await duckDbPlaces.wait(signal);
  try {
    const sql = `select count(*)::integer as rows, count(distinct sequence)::integer as numbers from ${parquetOf([path])}`;
    const [row] = await askDuckDb({ sql, parameters: [], limitMs: VERIFY_MS, signal });
    if (Number(row?.['rows']) !== written.rows || Number(row?.['numbers']) !== written.rows)
      throw new Error('The archive does not hold the rows that were written.');
  } finally {
    leave();
  }
}
