/**
 * What must stay, whatever retention says, as conditions on the rows of the log: legal holds, which people make, and incidents, until the hold on them is
 * released. Of an incident: the rows that were added as evidence, and all rows of its subjects in the period that was confirmed as its extent; from the
 * beginning of the log as long as none was, and up to its end as long as it is open. Drills hold their evidence alone.
 */
import { filterSql, Parameters, type RecordFilter } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { readBodyLogFilter, recordFilter, type BodyFilter } from '../audit-logs';

/** Of the organization, or of the maintenance role. */
export type Sql = Pick<EntityManager, 'query'>;
export type HeldBy = { kind: 'legal' | 'incident'; id: string; name: string };
/** `sql`: on `l`, a row of audit_log. */
export type Holding = HeldBy & { sql: (parameters: Parameters) => string };
type Period = { from: Date | null; to: Date | null };

export async function holdingsOf(tx: Sql, organizationId: string, now: Date): Promise<Holding[]> {
  return [...(await legalOf(tx, organizationId, now)), ...(await incidentsOf(tx, organizationId))];
}

/** Null: nothing is held. */
export function heldSql(holdings: readonly Holding[]): { sql: string; parameters: Parameters } | null {
  if (holdings.length === 0) return null;
  const parameters = new Parameters();
  return { sql: holdings.map(({ sql }) => `(${sql(parameters)})`).join(' or '), parameters };
}

type HoldRow = { id: string; reason: string; filter: BodyFilter };

async function legalOf(tx: Sql, organizationId: string, now: Date): Promise<Holding[]> {
  const rows = await tx.query<HoldRow[]>(
    'select id, reason, filter from hold where organization_id = $1 and released_at is null and (until is null or until > $2) order by id',
    [organizationId, now],
  );
  const holdings: Holding[] = [];
  for (const { id, reason, filter } of rows) {
    // A hold that cannot be read throws: then nothing is purged, rather than what it holds.
    const { filter: asked, ...period } = readBodyLogFilter(filter);
    const conditions: RecordFilter = await recordFilter(tx as EntityManager, organizationId, asked);
    holdings.push({
      ...{ kind: 'legal', id, name: reason },
      sql: (parameters) => all([...periodSql(period, parameters), ...filterSql(conditions, organizationId, parameters)]),
    });
  }
  return holdings;
}

type IncidentRow = {
  id: string;
  number: number;
  title: string;
  drill: boolean;
  scope_from: Date | null;
  scope_to: Date | null;
  closed_at: Date | null;
  keys: string[];
  people: string[];
  addresses: string[];
};

async function incidentsOf(tx: Sql, organizationId: string): Promise<Holding[]> {
  const of = (kind: string): string => `array(select s.reference from incident_subject s where s.organization_id = i.organization_id and s.incident_id = i.id and s.kind = '${kind}')`; // prettier-ignore
  const rows = await tx.query<IncidentRow[]>(
    `select i.id, i.number, i.title, i.drill, i.scope_from, i.scope_to, i.closed_at, ${of('key')} as keys, ${of('person')} as people, ${of('address')} as addresses
     from incident i where i.organization_id = $1 and i.hold_released_at is null order by i.number`,
    [organizationId],
  );
  return rows.map((row) => ({
    kind: 'incident',
    id: row.id,
    name: `Incident ${row.number}: ${row.title}`,
    sql: (parameters) => incidentSql(row, organizationId, parameters),
  }));
}

function incidentSql(row: IncidentRow, organizationId: string, parameters: Parameters): string {
  const organization = parameters.add(organizationId, 'uuid');
  const evidence = `l.id = any(array(select e.record_id from incident_evidence e where e.organization_id = ${organization} and e.incident_id = ${parameters.add(row.id, 'uuid')}))`;
  const subjects = row.drill ? [] : subjectsSql(row, organization, parameters);
  if (subjects.length === 0) return evidence;
  const period = periodSql({ from: row.scope_from, to: row.scope_to ?? row.closed_at }, parameters);
  return `${evidence} or ${all([`(${subjects.join(' or ')})`, ...period])}`;
}

function subjectsSql({ keys, people, addresses }: IncidentRow, organization: string, parameters: Parameters): string[] {
  const callers = (condition: string): string =>
    `l.caller_no = any(array(select c.no from audit_caller c where c.organization_id = ${organization} and ${condition}))`;
  return [
    ...(keys.length > 0 ? [callers(`c.api_key_id = any(${parameters.add(keys, 'uuid[]')})`)] : []),
    ...(people.length > 0 ? [callers(`c.actor_type = 'user' and c.actor_id = any(${parameters.add(people, 'uuid[]')})`)] : []),
    ...(addresses.length > 0 ? [`l.ip <<= any(${parameters.add(addresses, 'inet[]')})`] : []),
  ];
}

const periodSql = ({ from, to }: Period, parameters: Parameters): string[] => [
  ...(from === null ? [] : [`l.occurred_at >= ${parameters.add(from, 'timestamptz')}`]),
  ...(to === null ? [] : [`l.occurred_at < ${parameters.add(to, 'timestamptz')}`]),
];
const all = (conditions: readonly string[]): string => conditions.join(' and ') || 'true';

/** Who holds one record, which is there. */
export async function heldBy(tx: Sql, organizationId: string, record: { id: string; startedAt: string }, now: Date): Promise<HeldBy[]> {
  const holdings = await holdingsOf(tx, organizationId, now);
  if (holdings.length === 0) return [];
  const parameters = new Parameters();
  const [organization, at, id] = [
    parameters.add(organizationId, 'uuid'),
    parameters.add(record.startedAt, 'timestamptz'),
    parameters.add(record.id, 'uuid'),
  ];
  const flags = holdings.map(({ sql }) => `(${sql(parameters)}) is true`);
  const [row] = await tx.query<{ held: boolean[] }[]>(
    `select array[${flags.join(', ')}] as held from audit_log l where l.organization_id = ${organization} and l.occurred_at = ${at} and l.id = ${id}`,
    parameters.values,
  );
  return holdings.filter((_, index) => row?.held[index] === true).map(({ kind, id: by, name }) => ({ kind, id: by, name }));
}

export const isHeld = async (tx: Sql, organizationId: string, record: { id: string; startedAt: string }, now: Date): Promise<boolean> =>
  (await heldBy(tx, organizationId, record, now)).length > 0;

/** Whether something of a period is held: then its month must stay. */
export async function holdsSomething(
  tx: Sql,
  { organizationId, from, to }: { organizationId: string; from: Date; to: Date },
  now: Date,
): Promise<boolean> {
  const held = heldSql(await holdingsOf(tx, organizationId, now));
  if (held === null) return false;
  const { sql, parameters } = held;
  const [row] = await tx.query<{ held: boolean }[]>(
    `select exists (select from audit_log l where l.organization_id = ${parameters.add(organizationId, 'uuid')}
       and l.occurred_at >= ${parameters.add(from, 'timestamptz')} and l.occurred_at < ${parameters.add(to, 'timestamptz')} and (${sql})) as held`,
    parameters.values,
  );
  return row?.held === true;
}
