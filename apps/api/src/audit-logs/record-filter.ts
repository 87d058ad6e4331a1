/** What of a filter only the database knows: the records that are evidence of an incident, or rows of a finding. Everything else stays as it was asked. */
import type { LogCondition } from '@pinebill/contract';
import type { RecordCondition, RecordFilter } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import type { AskedFilter } from './log-query';
import { rowsOfFinding } from './rows-of-finding';

/** An incident that does not exist, like one without evidence, has no records. */
export async function recordFilter(tx: EntityManager, organizationId: string, asked: AskedFilter): Promise<RecordFilter> {
  const conditions: RecordCondition[] = [];
  for (const condition of asked.conditions) {
    const { field } = condition;
    if (field === 'incidentId') conditions.push(recordsAmong(condition, await evidenceOf(tx, organizationId, namedIn(condition))));
    else if (field === 'findingId') conditions.push(recordsAmong(condition, await rowsOf(tx, organizationId, namedIn(condition))));
    else conditions.push({ ...condition, field });
  }
  return { ...asked, conditions };
}

type Found = { id: string; at: Date };

const namedIn = ({ anyOf }: LogCondition): string[] => anyOf.flatMap((matcher) => (matcher.kind === 'exact' ? [matcher.value] : []));

function recordsAmong({ negated }: LogCondition, rows: readonly Found[]): RecordCondition {
  if (rows.length === 0) return { field: 'requestId', negated, anyOf: [] };
  return { field: 'requestId', negated, anyOf: [{ kind: 'among', ids: rows.map(({ id }) => id), times: rows.map(({ at }) => at) }] };
}

/** In one transaction with the reading of the log: what is added meanwhile is in both or in neither. */
const evidenceOf = (tx: EntityManager, organizationId: string, incidents: readonly string[]): Promise<Found[]> =>
  tx.query<Found[]>(
    'select record_id as id, occurred_at as at from incident_evidence where organization_id = $1 and incident_id = any($2::uuid[])',
    [organizationId, incidents],
  );

async function rowsOf(tx: EntityManager, organizationId: string, findings: readonly string[]): Promise<Found[]> {
  const found = new Map<string, Found>();
  for (const id of new Set(findings)) for (const row of await rowsOfFinding(tx, organizationId, id)) found.set(row.id, row);
  return [...found.values()];
}
