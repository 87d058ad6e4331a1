/** What of a filter only the database knows: the records that are evidence of an incident. Everything else stays as it was asked. */
import type { LogCondition } from '@pinebill/contract';
import type { RecordCondition, RecordFilter } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import type { AskedFilter } from './log-query';

/** An incident that does not exist, like one without evidence, has no records. */
export async function recordFilter(tx: EntityManager, organizationId: string, asked: AskedFilter): Promise<RecordFilter> {
  const conditions: RecordCondition[] = [];
  for (const condition of asked.conditions) {
    const { field } = condition;
    conditions.push(field === 'incidentId' ? await evidenceOf(tx, organizationId, condition) : { ...condition, field });
  }
  return { ...asked, conditions };
}

/** In one transaction with the reading of the log: what is added meanwhile is in both or in neither. */
async function evidenceOf(tx: EntityManager, organizationId: string, { negated, anyOf }: LogCondition): Promise<RecordCondition> {
  const incidents = anyOf.flatMap((matcher) => (matcher.kind === 'exact' ? [matcher.value] : []));
  const rows = await tx.query<{ id: string; at: Date }[]>(
    'select record_id as id, occurred_at as at from incident_evidence where organization_id = $1 and incident_id = any($2::uuid[])',
    [organizationId, incidents],
  );
  if (rows.length === 0) return { field: 'requestId', negated, anyOf: [] };
  return { field: 'requestId', negated, anyOf: [{ kind: 'among', ids: rows.map(({ id }) => id), times: rows.map(({ at }) => at) }] };
}
