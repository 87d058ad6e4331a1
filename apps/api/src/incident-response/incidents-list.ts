/** The list of incidents: what it can be asked for, and its page. */
import { incidentSeverities, type IncidentSeverity } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../platform/actor';
import type { CursorBinding, CursorPosition } from '../platform/cursor';
import { readChoice, readChoices, readId, readLimit, readOrder, readText, type Query } from '../platform/query';
import { incidentColumns, type IncidentRow } from './incidents.queries';

export const listParameters = ['state', 'severity', 'assigneeId', 'apiKeyId', 'drill', 'limit', 'cursor', 'order'];
const states = ['open', 'closed'] as const;
const flags = ['true', 'false'] as const;

type Filter = {
  state: (typeof states)[number] | null;
  severities: IncidentSeverity[] | null;
  assigneeId: string | null;
  apiKeyId: string | null;
  drill: boolean | null;
};
export type IncidentList = { filter: Filter; order: 'asc' | 'desc'; limit: number; cursor: string | null; binding: CursorBinding };

export function readIncidentList(query: Query, { organizationId }: Actor): IncidentList {
  const drill = readChoice(query, 'drill', flags);
  const filter: Filter = {
    state: readChoice(query, 'state', states),
    severities: readChoices(query, 'severity', incidentSeverities),
    assigneeId: readId(query, 'assigneeId', 'usr'),
    apiKeyId: readId(query, 'apiKeyId', 'key'),
    drill: drill === null ? null : drill === 'true',
  };
  const order = readOrder(query);
  const binding: CursorBinding = { list: 'incidents', organizationId, order, filter };
  return { filter, order, limit: readLimit(query), cursor: readText(query, 'cursor'), binding };
}

/** One more than fits. */
export const pageOfIncidents = (
  tx: EntityManager,
  { organizationId }: Actor,
  { filter, order, limit, after }: Pick<IncidentList, 'filter' | 'order' | 'limit'> & { after: CursorPosition | null },
): Promise<IncidentRow[]> =>
  tx.query<IncidentRow[]>(
    `select ${incidentColumns} from incident i where i.organization_id = $1
       and ($2::text is null or ($2 = 'open') = (i.closed_at is null)) and ($3::text[] is null or i.severity = any($3))
       and ($4::uuid is null or i.assignee_id = $4) and ($5::boolean is null or i.drill = $5)
       and ($6::text is null or exists (select from incident_subject s where s.organization_id = i.organization_id and s.incident_id = i.id
         and s.kind = 'key' and s.reference = $6))
       and ($7::timestamptz is null or (i.opened_at, i.id) ${order === 'desc' ? '<' : '>'} ($7, $8::uuid))
     order by i.opened_at ${order}, i.id ${order} limit $9`,
    [
      ...[organizationId, filter.state, filter.severities, filter.assigneeId, filter.drill, filter.apiKeyId],
      ...[after?.at ?? null, after?.id ?? null, limit + 1],
    ],
  );
