/** The story of an incident, read in a transaction of the caller's: for its page, its report, and exports, which are written outside of the framework. */
import type { EntityManager } from 'typeorm';
import type { LogRecord } from '../audit-logs';
import { typeId, typeIdOrNull } from '../platform/ids';
import type { TimelineEntry } from './handling-view.dto';
import type { EventKind } from './incident-events.service';
import { knownOf } from './incident-facts';
import type { IncidentRow } from './incidents.queries';
import { activityText, eventText } from './timeline-texts';

const MOST = 2_000;
/** Of what every reader makes, as often as they like: the newest. It must not push out what was done. */
const MOST_OF_READERS = 500;

type EventRow = {
  id: string;
  at: Date;
  kind: EventKind;
  actor_type: string;
  actor_id: string | null;
  actor_name: string;
  data: Record<string, unknown>;
};
type ActivityRow = Omit<EventRow, 'kind' | 'data'> & { action: string; target_name: string | null; after: Record<string, unknown> | null };

type Asked = { incident: IncidentRow; hidesAnonymous: boolean };
type Of = { organizationId: string };

export async function timelineOf(tx: EntityManager, of: Of, { incident, hidesAnonymous }: Asked): Promise<TimelineEntry[]> {
  const entries = [
    ...(await eventsOf(tx, of, incident)).map(toEvent),
    ...(await elsewhere(tx, of, incident)).map(toElsewhere),
    ...(await evidenceEnds(tx, of, { incident, hidesAnonymous })),
  ];
  // Stable: what happened in one millisecond stays in the order in which it was written.
  return entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

async function evidenceEnds(tx: EntityManager, { organizationId }: Of, { incident, hidesAnonymous }: Asked): Promise<TimelineEntry[]> {
  const ends = await tx.query<{ record: LogRecord; is_first: boolean; is_last: boolean }[]>(
    `select record, is_first, is_last from (
       select record, occurred_at, row_number() over (order by occurred_at, record_id) = 1 as is_first,
         row_number() over (order by occurred_at desc, record_id desc) = 1 as is_last
       from incident_evidence where organization_id = $1 and incident_id = $2 and not (anonymous and $3)) e where is_first or is_last`,
    [organizationId, incident.id, hidesAnonymous],
  );
  return ends.flatMap(({ record, is_first, is_last }) => [
    ...(is_first ? [toEvidence(record, 'evidence.first')] : []),
    ...(is_last && !is_first ? [toEvidence(record, 'evidence.last')] : []),
  ]);
}

const eventsOf = (tx: EntityManager, { organizationId }: Of, { id }: IncidentRow): Promise<EventRow[]> =>
  tx.query<EventRow[]>(
    `with those as (select id, at, kind, kind in ('noteAdded', 'exported') as is_readers, actor_type, actor_id, actor_name, data from incident_event
       where organization_id = $1 and incident_id = $2)
     select * from ((select * from those where not is_readers order by at, id limit ${MOST})
       union all (select * from those where is_readers order by at desc, id desc limit ${MOST_OF_READERS})) told order by at, id`,
    [organizationId, id],
  );

/** What was done to the keys of the incident and those that took their place, and to the rule of networks; without what the incident's own events tell. */
async function elsewhere(tx: EntityManager, of: Of, incident: IncidentRow): Promise<ActivityRow[]> {
  const known = (await knownOf(tx, of, [incident]))(incident);
  const keys = [...known.keys.keys(), ...[...known.descendants.values()].flat().map(({ id }) => id)];
  const hasAddress = known.subjects.some(({ kind }) => kind === 'address');
  return tx.query<ActivityRow[]>(
    `select id, occurred_at as at, action, actor_type, actor_id, actor_name, target_name, after from activity a
     where a.organization_id = $1 and a.occurred_at >= $2 and ($3::timestamptz is null or a.occurred_at <= $3)
       and a.action <> 'api_key.leak_reported' -- an event of the incident tells it
       and ((a.target_type = 'apiKey' and a.target_id = any($4::uuid[])) or (a.action = 'organization.restricted' and $5))
       and not exists (select from incident_event e where e.organization_id = $1 and e.incident_id = $6 and e.request_id = a.request_id)
     order by a.occurred_at, a.id limit ${MOST}`,
    [of.organizationId, incident.opened_at, incident.closed_at, keys, hasAddress, incident.id],
  );
}

const somebody = ({ actor_type, actor_id, actor_name }: Pick<EventRow, 'actor_type' | 'actor_id' | 'actor_name'>) => ({
  id: actor_type === 'user' ? typeIdOrNull('usr', actor_id) : null,
  name: actor_type === 'system' ? 'PineBill' : actor_name,
});

function toEvent(row: EventRow): TimelineEntry {
  const who = somebody(row);
  return {
    ...{ id: typeId('evt', row.id), at: row.at.toISOString(), kind: row.kind, actor: who },
    ...{ text: eventText(row.kind, who.name, row.data), data: row.data },
  };
}

function toElsewhere(row: ActivityRow): TimelineEntry {
  const who = somebody(row);
  return {
    ...{ id: typeId('act', row.id), at: row.at.toISOString(), kind: row.action, actor: who },
    ...{ text: activityText(row.action, who.name, row.target_name), data: { target: row.target_name } },
  };
}

function toEvidence(record: LogRecord, kind: 'evidence.first' | 'evidence.last'): TimelineEntry {
  const { id, startedAt, method, path, status, ip, actor } = record;
  const from = ip === null ? '' : ` from ${ip}`;
  const what = `${method ?? ''} ${path ?? ''}`.trim() || 'a request';
  return {
    ...{ id, at: startedAt, kind, actor: { id: actor.type === 'user' ? actor.id : null, name: actor.name ?? 'Somebody unknown' } },
    text: `${kind === 'evidence.first' ? 'The oldest evidence' : 'The newest evidence'}: ${what}${from} was answered ${status ?? 'nobody knows how'}.`,
    data: { logId: id, method, path, status, ip },
  };
}
