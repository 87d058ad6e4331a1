/** How often the same route failed with the same status around one failure. */
import { listRecords, type RecordCondition, type StoredRecord } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../platform/actor';
import type { LogView } from '../log-views';

const WINDOW_MS = 10 * 60_000;
/** Before the failure and after it: nobody needs to know more exactly how bad it is. */
const MOST = 50;

type Around = { tx: EntityManager; actor: Actor; view: LogView; record: StoredRecord };

const exactly = (field: 'method' | 'route', value: string | null): RecordCondition[] =>
  value === null ? [] : [{ field, negated: false, anyOf: [{ kind: 'exact', value }] }];
/** Every template begins with a slash, so this is: without one. */
const noRoute: RecordCondition = { field: 'route', negated: true, anyOf: [{ kind: 'prefix', value: '/' }] };

/** In the order in which they began, this one included. */
export async function failuresAround({ tx, actor, view, record }: Around): Promise<StoredRecord[]> {
  const { method, route, status } = record;
  const conditions: RecordCondition[] = [
    ...exactly('method', method),
    ...(route === null ? [noRoute] : exactly('route', route)),
    { field: 'status', negated: false, anyOf: [{ kind: 'number', value: status ?? 0 }] },
  ];
  const filter = view.narrowed({ minDurationMs: null, maxDurationMs: null, conditions }, actor);
  const at = new Date(record.startedAt);
  const asked = { organizationId: actor.organizationId, filter, limit: MOST, after: { occurredAt: at, id: record.id } };
  const [earliest, latest] = [new Date(at.getTime() - WINDOW_MS), new Date(at.getTime() + WINDOW_MS + 1)];
  const before = await listRecords(tx, { ...asked, order: 'desc', from: earliest > view.begins ? earliest : view.begins, to: latest });
  const after = await listRecords(tx, { ...asked, order: 'asc', from: at, to: latest });
  return [...before.reverse(), record, ...after];
}

/** Of these times, in order: as many as lie within ten minutes that hold `at`. */
export function mostWithin(times: readonly number[], at: number): number[] {
  let most: number[] = [at];
  for (const begin of times) {
    if (begin > at || at - begin > WINDOW_MS) continue;
    const within = times.filter((time) => time >= begin && time - begin <= WINDOW_MS);
    if (within.length > most.length) most = within;
  }
  return most;
}
