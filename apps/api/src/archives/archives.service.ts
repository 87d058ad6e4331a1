/** What was archived, and whether it shall be. */
import { Injectable } from '@nestjs/common';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import { Destinations, type DestinationKind } from '../exports';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { readLimit, readOrder, readQuery, readText } from '../platform/query';
import { invalidFields } from '../platform/validation';
import type { ArchivePage, ArchiveSetting, ArchiveSettingView } from './archives.dto';
import { archiveColumns, toArchiveView, type ArchiveRow } from './archives.queries';

@Injectable()
export class ArchivesService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly destinations: Destinations,
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
}
