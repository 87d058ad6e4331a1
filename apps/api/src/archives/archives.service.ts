/** What was archived, whether it shall be, and looking into it again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { Activity } from '../activity';
import { logViewOf } from '../audit-logs';
import { APP_CONFIG, type AppConfig } from '../config';
import { Tenant } from '../database/tenant';
import { DeliveryFailed, Destinations, type DestinationKind } from '../exports';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { parseId } from '../platform/ids';
import { readLimit, readOrder, readQuery, readText } from '../platform/query';
import { invalidFields } from '../platform/validation';
import type { ArchivedRecord, ArchiveFindings, ArchivePage, ArchiveSetting, ArchiveSettingView, SearchArchives } from './archives.dto';
import { archiveColumns, toArchiveView, type ArchiveRow } from './archives.queries';
import { askDuckDb, parquetOf } from './duckdb';

const MOST_FILES = 12;
const DEFAULT_LIMIT = 50;
const columns = ['id', 'sequence', 'startedAt', 'method', 'path', 'status', 'reason', 'apiKeyId', 'apiKeyName', 'ip', 'userAgent'] as const;

@Injectable()
export class ArchivesService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly destinations: Destinations,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'dataDirectory'>,
  ) {}

  list(actor: Actor, parameters: unknown): Promise<ArchivePage> {
    const query = readQuery(parameters, ['limit', 'cursor', 'order']);
    const [limit, order, cursor] = [readLimit(query), readOrder(query), readText(query, 'cursor')];
    const binding: CursorBinding = { list: 'archives', organizationId: actor.organizationId, order, filter: {} };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      const rows = await tx.query<ArchiveRow[]>(
        `select ${archiveColumns} from archive where organization_id = $1 and ($2::timestamptz is null or (created_at, id) ${order === 'desc' ? '<' : '>'} ($2, $3::uuid))
         order by created_at ${order}, id ${order} limit $4`,
        [actor.organizationId, after?.at ?? null, after?.id ?? null, limit + 1],
      );
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.created_at, id: row.id }), view: toArchiveView });
    });
  }

  setting(actor: Actor): Promise<ArchiveSettingView> {
    return this.tenant.run(actor, async (tx) => {
      const [row] = await tx.query<{ archive_to: DestinationKind | null }[]>('select archive_to from organization where id = $1', [
        actor.organizationId,
      ]);
      return { archiveTo: row?.archive_to ?? null, destinations: this.destinations.kinds };
    });
  }

  set(actor: Actor, { archiveTo }: ArchiveSetting): Promise<ArchiveSettingView> {
    if (archiveTo !== null && this.destinations.find(archiveTo) === null)
      throw invalidFields([{ pointer: '/archiveTo', rule: 'choice', expected: `takes ${[...this.destinations.kinds, 'null'].join(', ')}: whoever runs PineBill sets up the others` }]); // prettier-ignore
    return this.tenant.run(actor, async (tx) => {
      const [row] = await tx.query<{ id: string; name: string; archive_to: DestinationKind | null }[]>(
        'select id, name, archive_to from organization where id = $1 for no key update',
        [actor.organizationId],
      );
      if (!row) throw new AppError('resource_not_found');
      const view = { archiveTo, destinations: this.destinations.kinds };
      if (row.archive_to === archiveTo) return view;
      await tx.query('update organization set archive_to = $2 where id = $1', [row.id, archiveTo]);
      await this.activity.record(tx, {
        actor,
        action: 'organization.archive_changed',
        target: { type: 'organization', id: row.id, name: row.name },
        before: { archiveTo: row.archive_to },
        after: { archiveTo },
      });
      return view;
    });
  }

  async search(actor: Actor, asked: SearchArchives): Promise<ArchiveFindings> {
    const key = asked.apiKeyId === undefined ? null : parseId('key', asked.apiKeyId);
    if (asked.apiKeyId !== undefined && key === null)
      throw new AppError('resource_not_found', { detail: 'There is no API key with this id.' });
    const { files, hidesAnonymous } = await this.filesOf(actor, asked, key);
    const chosen = files.slice(0, MOST_FILES);
    const limit = asked.limit ?? DEFAULT_LIMIT;
    const found = chosen.length === 0 ? [] : await this.found(chosen, questionOf(asked, { hidesAnonymous, limit }));
    return { data: found.slice(0, limit), searched: chosen.length, truncated: found.length > limit || files.length > MOST_FILES };
  }

  private filesOf(
    actor: Actor,
    { from, to }: SearchArchives,
    key: string | null,
  ): Promise<{ files: ArchiveRow[]; hidesAnonymous: boolean }> {
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
         order by newest_at desc, id desc limit ${MOST_FILES + 1}`,
        [actor.organizationId, from ?? null, to ?? null],
      );
      return { files, hidesAnonymous: view.hidesAnonymousFrom(actor) };
    });
  }

  private async found(files: readonly ArchiveRow[], { where, values }: Question): Promise<ArchivedRecord[]> {
    const folder = await mkdtemp(join(this.config.dataDirectory, 'archive-search-'));
    try {
      const paths: string[] = [];
      for (const [index, { destination, location, file }] of files.entries()) {
        const path = join(folder, `${index}.parquet`);
        const place = this.destinations.find(destination);
        if (!place) throw new DeliveryFailed('not_configured');
        await place.fetch(location, file, path);
        paths.push(path);
      }
      const selected = columns.map((name) =>
        name === 'startedAt' ? `strftime("startedAt", '%Y-%m-%dT%H:%M:%S.%gZ') as "startedAt"` : `"${name}"`,
      );
      const rows = await askDuckDb(
        `select ${selected.join(', ')} from ${parquetOf(paths)} where ${where} order by sequence desc limit ?`,
        values,
      );
      return rows.map(toRecord);
    } catch (error) {
      if (!(error instanceof DeliveryFailed)) throw error;
      throw new AppError('upstream_error', {
        detail:
          error.code === 'files_gone'
            ? 'The file of an archive is not there any more. Whoever runs PineBill must bring it back.'
            : `The archive cannot be read. ${error.message}`,
        cause: error,
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

type Question = { where: string; values: (string | number)[] };

/** Every value is a parameter; the last one is how many rows are wanted. */
function questionOf(asked: SearchArchives, { hidesAnonymous, limit }: { hidesAnonymous: boolean; limit: number }): Question {
  const given: [sql: string, value: string | number | undefined][] = [
    ['"startedAt" >= ?::timestamptz', asked.from],
    ['"startedAt" < ?::timestamptz', asked.to],
    ['"apiKeyId" = ?', asked.apiKeyId],
    ['status = ?', asked.status],
    ['starts_with(path, ?)', asked.path],
    ['ip = ?', asked.ip],
  ];
  const chosen = given.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const where = [...chosen.map(({ sql }) => sql), ...(hidesAnonymous ? [`"actorType" <> 'anonymous'`] : [])].join(' and ') || 'true';
  return { where, values: [...chosen.map(({ value }) => value), limit + 1] };
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
