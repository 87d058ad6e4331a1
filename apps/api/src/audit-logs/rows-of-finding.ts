/** The records that a finding of detection is about: those that its own filter shows in its own time. It is one filter among those of a question, so they are looked up first. */
import { isLookedUp } from '@pinebill/contract';
import { listRecords, type RecordCondition } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import type { Query } from '../platform/query';
import { readLogFilter } from './log-query';

/** Of more than these, the newest: whoever wants all of them takes the filter of the finding, which has no bound. */
export const MOST_ROWS_OF_FINDING = 1_000;

type FindingRow = { filter: Query; began_at: Date; ended_at: Date };

/** None of a finding that is not there. */
export async function rowsOfFinding(tx: EntityManager, organizationId: string, id: string): Promise<{ id: string; at: Date }[]> {
  const [finding] = await tx.query<FindingRow[]>('select filter, began_at, ended_at from finding where organization_id = $1 and id = $2', [
    organizationId,
    id,
  ]);
  if (!finding) return [];
  const { filter, from, to } = readLogFilter(finding.filter);
  const conditions = filter.conditions.flatMap(({ field, ...condition }): RecordCondition[] =>
    isLookedUp(field) ? [] : [{ ...condition, field }],
  );
  const records = await listRecords(tx, {
    organizationId,
    filter: { ...filter, conditions },
    from: from ?? finding.began_at,
    to: to ?? new Date(finding.ended_at.getTime() + 1),
    order: 'desc',
    limit: MOST_ROWS_OF_FINDING,
    after: null,
  });
  return records.map((record) => ({ id: record.id, at: new Date(record.startedAt) }));
}
