/**
 * Of an organization that archives, the purge takes nothing but what a verified archive holds: records that began before its end, with numbers that were given
 * when it was made. What was recorded later, of an earlier time, stays until the next archive has it.
 */
import type { Parameters } from '@pinebill/nestjs-audit';
import type { Sql } from './held.queries';

/** Null: the organization does not archive. `until` null: nothing is archived yet. */
export type Archived = { until: Date | null; upToSequence: number } | null;

export async function archivedOf(db: Sql, organizationId: string): Promise<Archived> {
  const [row] = await db.query<{ to_at: Date | null; up_to_sequence: string | null }[]>(
    `select a.to_at, a.up_to_sequence from organization o left join lateral (
       select to_at, up_to_sequence from archive where organization_id = o.id and state = 'verified' order by to_at desc, id desc limit 1) a on true
     where o.id = $1 and o.archive_to is not null`,
    [organizationId],
  );
  return row ? { until: row.to_at, upToSequence: Number(row.up_to_sequence ?? 0) } : null;
}

/** What must stay because no archive has it; null: all before `until` is archived, or nothing has to be. */
export const unarchivedSql = (archived: Archived, parameters: Parameters): string =>
  archived === null ? 'false' : `l.sequence > ${parameters.add(archived.upToSequence, 'bigint')}`;
