/** What remains of what was purged. Written by the purge; here it is read. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { typeId } from '../platform/ids';
import { readLimit, readOrder, readQuery, readText } from '../platform/query';
import type { Policy } from './purge-progress';
import type { PurgeCertificatePage, PurgeCertificateView, PurgeInProgress, SequenceRangeView } from './retention.dto';

type Row = {
  id: string;
  began_at: Date;
  ended_at: Date;
  how: 'deleted' | 'dropped';
  cutoff_at: Date;
  policy: Policy;
  rows: string;
  sequences: { from: number; to: number }[] | null;
  first_sequence: string | null;
  last_sequence: string | null;
  oldest_at: Date | null;
  newest_at: Date | null;
  others: Record<string, number>;
  by_name: string;
};
/** Numbers stay below 2^53 for as long as anybody counts. */
const columns = `id, began_at, ended_at, how, cutoff_at, policy, rows, first_sequence, last_sequence, oldest_at, newest_at, others, by_name,
  (select json_agg(json_build_object('from', lower(piece), 'to', upper(piece) - 1)) from unnest(sequences) piece) as sequences`;

@Injectable()
export class CertificatesService {
  constructor(private readonly tenant: Tenant) {}

  list(actor: Actor, parameters: unknown): Promise<PurgeCertificatePage> {
    const query = readQuery(parameters, ['limit', 'cursor', 'order']);
    const [limit, order, cursor] = [readLimit(query), readOrder(query), readText(query, 'cursor')];
    const binding: CursorBinding = { list: 'purge-certificates', organizationId: actor.organizationId, order, filter: {} };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      // Before the certificates: what becomes one meanwhile is in both, and nothing is in neither.
      const inProgress = await inProgressOf(tx, actor);
      const rows = await tx.query<Row[]>(
        `select ${columns} from purge_certificate where organization_id = $1
           and ($2::timestamptz is null or (ended_at, id) ${order === 'desc' ? '<' : '>'} ($2, $3::uuid))
         order by ended_at ${order}, id ${order} limit $4`,
        [actor.organizationId, after?.at ?? null, after?.id ?? null, limit + 1],
      );
      const page = pageOf(rows, limit, { binding, at: (row) => ({ at: row.ended_at, id: row.id }), view: toCertificate });
      return { ...page, inProgress };
    });
  }
}

/** What is gone and in no certificate yet. */
async function inProgressOf(tx: EntityManager, { organizationId }: Actor): Promise<PurgeInProgress | null> {
  const [going] = await tx.query<{ rows: string; began_at: Date }[]>(
    'select rows, began_at from purge_progress where organization_id = $1',
    [organizationId],
  );
  const months = await tx.query<{ month: string }[]>('select month from months_taken_out()');
  if (!going && months.length === 0) return null;
  return { since: iso(going?.began_at ?? null), records: Number(going?.rows ?? 0), months: months.map(({ month }) => wholeMonth(month)) };
}

function wholeMonth(month: string): { from: string; to: string } {
  const from = new Date(`${month}-01T00:00:00.000Z`);
  return { from: from.toISOString(), to: new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1)).toISOString() };
}

type Asked = { organizationId: string; from: Date | null; to: Date | null; after: { at: Date; id: string } | null; limit: number };

/** In the order in which they were made: for exports. */
export async function certificatesOf(
  tx: Pick<EntityManager, 'query'>,
  { organizationId, from, to, after, limit }: Asked,
): Promise<PurgeCertificateView[]> {
  const rows = await tx.query<Row[]>(
    `select ${columns} from purge_certificate where organization_id = $1 and ($2::timestamptz is null or ended_at >= $2)
       and ($3::timestamptz is null or ended_at < $3) and ($4::timestamptz is null or (ended_at, id) > ($4, $5::uuid))
     order by ended_at, id limit $6`,
    [organizationId, from, to, after?.at ?? null, after?.id ?? null, limit],
  );
  return rows.map(toCertificate);
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
const numberOrNull = (value: string | null): number | null => (value === null ? null : Number(value));

export function toCertificate(row: Row): PurgeCertificateView {
  const sequences: SequenceRangeView[] = row.sequences ?? [];
  return {
    id: typeId('pcr', row.id),
    beganAt: row.began_at.toISOString(),
    endedAt: row.ended_at.toISOString(),
    how: row.how,
    cutoffAt: row.cutoff_at.toISOString(),
    policy: { ...row.policy, plan: row.policy.plan as PurgeCertificateView['policy']['plan'] },
    records: Number(row.rows),
    sequences,
    firstSequence: numberOrNull(row.first_sequence),
    lastSequence: numberOrNull(row.last_sequence),
    oldestAt: iso(row.oldest_at),
    newestAt: iso(row.newest_at),
    others: row.others,
    by: row.by_name,
  };
}
