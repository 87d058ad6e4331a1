/** One line of the list of services, as it is shown. */
import type { CallerUse, Descendant, UsedKeyRow } from '../api-keys';
import { typeId } from '../platform/ids';
import type { IncidentService } from './handling-view.dto';
import { byOf } from './incident-facts';
import { personOf } from './incident-view';
import type { CallerRow } from './incidents.queries';

/** `refused`: its use of the old key since that was stopped. */
export type ShownCaller = { row: CallerRow; key: UsedKeyRow | null; next: Descendant | null; refused: CallerUse | null };

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
const nameOf = (key: { id: string; name: string } | null): IncidentService['apiKey'] =>
  key && { id: typeId('key', key.id), name: key.name };

export function toService({ row, key, next, refused }: ShownCaller): IncidentService {
  const changedBy = byOf(row.changed_by, row.changed_by_name);
  return {
    ...{ id: typeId('cal', row.id), label: row.label, state: stateOfLine(row), source: row.source },
    apiKey: nameOf(key),
    ...{ network: row.network || null, agent: row.agent || null, service: row.service },
    lastOldAt: iso(row.last_old_at),
    movedAt: iso(row.moved_at),
    movedTo: nameOf(next),
    ...{ refusedRequests: refused?.dead ?? 0, lastRefusedAt: iso(refused?.lastDeadAt ?? null) },
    notNeededBecause: row.not_needed_because,
    comment: row.comment,
    changedBy: changedBy && personOf(changedBy),
  };
}

export function stateOfLine(row: CallerRow): IncidentService['state'] {
  if (row.suspect) return 'suspect';
  if (row.moved_at !== null) return 'moved';
  if (row.done_at !== null) return 'done';
  return row.not_needed_at === null ? 'waiting' : 'notNeeded';
}
