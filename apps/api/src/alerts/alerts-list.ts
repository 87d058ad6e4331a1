/** The inbox: what it can be asked for, and its page. */
import { alertSeverities, alertStates, type AlertSeverity, type AlertState } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../platform/actor';
import type { CursorBinding, CursorPosition } from '../platform/cursor';
import { readChoices, readId, readLimit, readOrder, readPeriod, readText, type Query } from '../platform/query';
import { aboutStrangers, selectAlerts, type AlertRow } from './alerts.queries';

export const alertParameters = ['state', 'severity', 'assigneeId', 'ruleId', 'from', 'to', 'limit', 'cursor', 'order'];

type Filter = {
  states: AlertState[] | null;
  severities: AlertSeverity[] | null;
  /** `none`: of nobody. */
  assigneeId: string | null;
  ruleId: string | null;
  from: Date | null;
  to: Date | null;
};
export type AlertList = { filter: Filter; order: 'asc' | 'desc'; limit: number; cursor: string | null; binding: CursorBinding };

export function readAlertList(query: Query, { organizationId }: Actor): AlertList {
  const filter: Filter = {
    states: readChoices(query, 'state', alertStates),
    severities: readChoices(query, 'severity', alertSeverities),
    assigneeId: readText(query, 'assigneeId') === 'none' ? 'none' : readId(query, 'assigneeId', 'usr'),
    ruleId: readId(query, 'ruleId', 'rul'),
    ...readPeriod(query),
  };
  const order = readOrder(query);
  const binding: CursorBinding = { list: 'alerts', organizationId, order, filter };
  return { filter, order, limit: readLimit(query), cursor: readText(query, 'cursor'), binding };
}

/** One more than fits. */
export const pageOfAlerts = (
  tx: EntityManager,
  { organizationId }: Actor,
  {
    filter,
    order,
    limit,
    after,
    hidesStrangers,
  }: Pick<AlertList, 'filter' | 'order' | 'limit'> & { after: CursorPosition | null; hidesStrangers: boolean },
): Promise<AlertRow[]> =>
  tx.query<AlertRow[]>(
    `${selectAlerts} and ($2::text[] is null or a.state = any($2)) and ($3::text[] is null or a.severity = any($3))
       and ($4::text is null or ($4 = 'none' and a.assignee_id is null) or a.assignee_id::text = $4) and ($5::uuid is null or a.rule_id = $5)
       and ($6::timestamptz is null or a.opened_at >= $6) and ($7::timestamptz is null or a.opened_at < $7)
       and ($8::timestamptz is null or (a.opened_at, a.id) ${order === 'desc' ? '<' : '>'} ($8, $9::uuid))
       and not ($11 and ${aboutStrangers})
     order by a.opened_at ${order}, a.id ${order} limit $10`,
    [
      ...[organizationId, filter.states, filter.severities, filter.assigneeId, filter.ruleId, filter.from, filter.to],
      ...[after?.at ?? null, after?.id ?? null, limit + 1, hidesStrangers],
    ],
  );
