/**
 * Looking into archives again. Their files are brought back and read by DuckDB: so many, and of so many bytes, at a time, and where there is more the answer says how
 * to go on.
 */
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { logViewOf } from '../audit-logs';
import { Tenant } from '../database/tenant';
import { DeliveryFailed, Destinations } from '../exports';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, encodeCursor, type CursorBinding, type CursorPosition } from '../platform/cursor';
import { parseId } from '../platform/ids';
import { ArchiveFolders } from './archive-folders';
import type { ArchivedRecord, ArchiveFindings, SearchArchives } from './archives.dto';
import { archiveColumns, type ArchiveRow } from './archives.queries';
import { askDuckDb, duckDbPlaces, DuckDbTooSlow, parquetOf } from './duckdb';

const MOST_FILES = 12;
/** Of one search, in the data directory; a single file may be larger. */
const MOST_BYTES = 1024 ** 3;
const LIMIT_MS = 20_000;
const DEFAULT_LIMIT = 50;
const columns = ['id', 'sequence', 'startedAt', 'method', 'path', 'status', 'reason', 'apiKeyId', 'apiKeyName', 'ip', 'userAgent'] as const;

/** Behind which file the next ones begin, and in these behind which number; null: at their beginning. */
type Place = { behind: CursorPosition | null; number: number | null };
type Chosen = { files: ArchiveRow[]; more: boolean };

@Injectable()
export class ArchiveSearch {
  constructor(
    private readonly tenant: Tenant,
    private readonly destinations: Destinations,
    private readonly folders: ArchiveFolders,
    private readonly clock: Clock,
  ) {}

  /** `left`: when whoever asked does not wait for the answer any more. */
  async search(actor: Actor, { cursor, limit = DEFAULT_LIMIT, ...asked }: SearchArchives, left: AbortSignal): Promise<ArchiveFindings> {
    const key = keyOf(asked);
    const binding: CursorBinding = { list: 'archives/search', organizationId: actor.organizationId, order: 'desc', filter: asked };
    const place = cursor === undefined ? { behind: null, number: null } : placeOf(cursor, binding);
    const { files, more, hidesAnonymous } = await this.filesOf(actor, asked, { key, place });
    const found =
      files.length === 0 ? [] : await this.found(files, conditionOf(asked, { hidesAnonymous, before: place.number }), { limit, left });
    const data = found.slice(0, limit);
    const next = found.length > limit ? { ...place, number: data.at(-1)?.sequence ?? null } : more ? behindAll(files) : null;
    return { data, searched: files.length, truncated: next !== null, nextCursor: next && cursorOf(next, binding) };
  }

  private filesOf(
    actor: Actor,
    { from, to }: SearchArchives,
    { key, place: { behind } }: { key: string | null; place: Place },
  ): Promise<Chosen & { hidesAnonymous: boolean }> {
    return this.tenant.run(actor, async (tx) => {
      const view = await logViewOf(tx, actor, this.clock.now());
      if (key !== null) {
        const [known] = await tx.query<{ id: string }[]>('select id from api_key where organization_id = $1 and id = $2', [
          actor.organizationId,
          key,
        ]);
        if (!known) throw new AppError('resource_not_found', { detail: 'The organization has no API key with this id.' });
      }
      const files = await tx.query<ArchiveRow[]>(
        `select ${archiveColumns} from archive where organization_id = $1 and state = 'verified' and rows > 0
           and ($2::timestamptz is null or newest_at >= $2) and ($3::timestamptz is null or oldest_at < $3)
           and ($4::timestamptz is null or (newest_at, id) < ($4, $5::uuid))
         order by newest_at desc, id desc limit ${MOST_FILES + 1}`,
        [actor.organizationId, from ?? null, to ?? null, behind?.at ?? null, behind?.id ?? null],
      );
      return { ...chosenOf(files), hidesAnonymous: view.hidesAnonymousFrom(actor) };
    });
  }

  private async found(
    files: readonly ArchiveRow[],
    condition: Condition,
    { limit, left }: { limit: number; left: AbortSignal },
  ): Promise<ArchivedRecord[]> {
    // Before the first file is fetched: those who would be refused afterwards must not fill the disk.
    const leave = duckDbPlaces.enter();
    if (leave === null)
      throw new AppError('overload', {
        detail: 'Other archives are being searched. Try again in a moment.',
        headers: { 'retry-after': '5' },
      });
    try {
      if (!(await this.folders.hasRoomFor(bytesOf(files))))
        throw new AppError('overload', { detail: 'There is no room to bring these archives back. Ask for a shorter period, or tell whoever runs PineBill.' }); // prettier-ignore
      return await this.folders.within(async (folder) => {
        const paths = await this.fetched(files, folder, left);
        const selected = columns.map((name) =>
          name === 'startedAt' ? `strftime("startedAt", '%Y-%m-%dT%H:%M:%S.%gZ') as "startedAt"` : `"${name}"`,
        );
        const sql = `select ${selected.join(', ')} from ${parquetOf(paths)} where ${condition.where} order by sequence desc limit ?`;
        return (await askDuckDb({ sql, parameters: [...condition.values, limit + 1], limitMs: LIMIT_MS, signal: left })).map(toRecord);
      });
    } catch (error) {
      throw told(error, left);
    } finally {
      leave();
    }
  }

  private async fetched(files: readonly ArchiveRow[], folder: string, left: AbortSignal): Promise<string[]> {
    const paths: string[] = [];
    for (const [index, { destination, location, file }] of files.entries()) {
      const path = join(folder, `${index}.parquet`);
      const place = this.destinations.find(destination);
      if (!place) throw new DeliveryFailed('not_configured');
      await place.fetch(location, file, path, left);
      paths.push(path);
    }
    return paths;
  }
}

function told(error: unknown, left: AbortSignal): unknown {
  if (left.aborted) return new AppError('overload', { detail: 'Nobody waits for the answer any more.' });
  if (error instanceof DuckDbTooSlow)
    return new AppError('overload', {
      detail: `Looking through these archives took longer than ${LIMIT_MS / 1_000} seconds, and was given up. Ask for a shorter period.`,
      cause: error,
    });
  if (!(error instanceof DeliveryFailed)) return error;
  return new AppError('upstream_error', {
    detail:
      error.code === 'files_gone'
        ? 'The file of an archive is not there any more. Whoever runs PineBill must bring it back.'
        : `The archive cannot be read. ${error.message}`,
    cause: error,
  });
}

const bytesOf = (files: readonly ArchiveRow[]): number => files.reduce((sum, { bytes }) => sum + Number(bytes), 0);

/** The newest of them, one at least. */
export function chosenOf(files: readonly ArchiveRow[], { mostFiles = MOST_FILES, mostBytes = MOST_BYTES } = {}): Chosen {
  let count = Math.min(1, files.length);
  while (count < Math.min(files.length, mostFiles) && bytesOf(files.slice(0, count + 1)) <= mostBytes) count++;
  return { files: files.slice(0, count), more: files.length > count };
}

function keyOf({ apiKeyId }: SearchArchives): string | null {
  if (apiKeyId === undefined) return null;
  const key = parseId('key', apiKeyId);
  if (key === null) throw new AppError('resource_not_found', { detail: 'There is no API key with this id.' });
  return key;
}

function behindAll(files: readonly ArchiveRow[]): Place | null {
  const last = files.at(-1);
  return last?.newest_at ? { behind: { at: last.newest_at, id: last.id }, number: null } : null;
}

/** Of the first files, which are behind none. */
const BEGINNING: CursorPosition = { at: new Date(0), id: '00000000-0000-0000-0000-000000000000' };

function cursorOf({ behind, number }: Place, binding: CursorBinding): string {
  return `${encodeCursor({ ...binding, filter: { asked: binding.filter, number } }, behind ?? BEGINNING)}.${number ?? ''}`;
}

function placeOf(cursor: string, binding: CursorBinding): Place {
  const [position = '', typed = ''] = cursor.split('.');
  const number = /^\d{1,15}$/.test(typed) ? Number(typed) : null;
  const behind = decodeCursor(position, { ...binding, filter: { asked: binding.filter, number } });
  return { behind: behind.id === BEGINNING.id ? null : behind, number };
}

type Condition = { where: string; values: (string | number)[] };

/** Every value is a parameter. */
function conditionOf(asked: SearchArchives, { hidesAnonymous, before }: { hidesAnonymous: boolean; before: number | null }): Condition {
  const given: [sql: string, value: string | number | undefined][] = [
    ['sequence < ?', before ?? undefined],
    ['"startedAt" >= ?::timestamptz', asked.from],
    ['"startedAt" < ?::timestamptz', asked.to],
    ['"apiKeyId" = ?', asked.apiKeyId],
    ['status = ?', asked.status],
    ['starts_with(path, ?)', asked.path],
    ['ip = ?', asked.ip],
  ];
  const chosen = given.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const where = [...chosen.map(({ sql }) => sql), ...(hidesAnonymous ? [`"actorType" <> 'anonymous'`] : [])].join(' and ') || 'true';
  return { where, values: chosen.map(({ value }) => value) };
}

function toRecord(row: Record<string, unknown>): ArchivedRecord {
  const text = (name: (typeof columns)[number]): string | null => {
    const value = row[name];
    return typeof value === 'string' ? value : null;
  };
  return {
    ...{
      id: text('id') ?? '',
      sequence: Number(row['sequence']),
      startedAt: text('startedAt') ?? '',
      method: text('method'),
      path: text('path'),
    },
    ...{ status: row['status'] === null ? null : Number(row['status']), reason: text('reason'), apiKeyId: text('apiKeyId') },
    ...{ apiKeyName: text('apiKeyName'), ip: text('ip'), userAgent: text('userAgent') },
  };
}
