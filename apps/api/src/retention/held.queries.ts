/**
 * What must stay, whatever retention says, as conditions on the rows of the log: legal holds, which people make, and incidents, until the hold on them is
 * released. Of an incident: the rows that were added as evidence, and all rows of its subjects in the period that was confirmed as its extent; from the
 * beginning of the log as long as none was, and up to its end as long as it is open. Drills hold their evidence alone.
 */
import { isLookedUp, type LogCondition } from '@pinebill/contract';
import { filterSql, Parameters, type Held, type RecordCondition, type RecordFilter } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { readBodyLogFilter, readLogFilter, type BodyFilter } from '../audit-logs';

/** Of the organization, or of the maintenance role. */
export type Sql = Pick<EntityManager, 'query'>;
export type HeldBy = { kind: 'legal' | 'incident'; id: string; name: string };
/** `sql`: on `l`, a row of audit_log. */
export type Holding = HeldBy & { sql: (parameters: Parameters) => string };
type Period = { from: Date | null; to: Date | null };

export async function holdingsOf(tx: Sql, organizationId: string, now: Date): Promise<Holding[]> {
  return [...(await legalOf(tx, organizationId, now)), ...(await incidentsOf(tx, organizationId))];
}

/** A statement takes 65,535 values; a single hold has a few thousand at most. */
export const MOST_VALUES = 10_000;

type Group = { holdings: Holding[]; conditions: string[]; parameters: Parameters };

/** As many as are needed for each to be one statement's. */
function grouped(holdings: readonly Holding[], mostValues: number): Group[] {
  const groups: Group[] = [];
  for (const holding of holdings) {
    let group = groups.at(-1);
    if (!group || group.parameters.values.length >= mostValues) groups.push((group = { holdings: [], conditions: [], parameters: new Parameters() })); // prettier-ignore
    group.conditions.push(`(${holding.sql(group.parameters)})`);
    group.holdings.push(holding);
  }
  return groups;
}

/** None: nothing is held. */
export const heldSql = (holdings: readonly Holding[], mostValues = MOST_VALUES): Held[] =>
  grouped(holdings, mostValues).map(({ conditions, parameters }) => ({ sql: conditions.join(' or '), parameters }));

/** What a finding was about when a hold on it was made: it may be about less, or about something else, tomorrow. */
export type FindingThen = { filter: BodyFilter; from: string; to: string };
type HoldRow = { id: string; reason: string; filter: BodyFilter; findings: FindingThen[] | null };

async function legalOf(tx: Sql, organizationId: string, now: Date): Promise<Holding[]> {
  const rows = await tx.query<HoldRow[]>(
    'select id, reason, filter, findings from hold where organization_id = $1 and released_at is null and (until is null or until > $2) order by id',
    [organizationId, now],
  );
  const holdings: Holding[] = [];
  // A hold that cannot be read throws: then nothing of the organization is purged, rather than what it holds.
  for (const row of rows) holdings.push(await legalHolding(tx, organizationId, row));
  return holdings;
}

async function legalHolding(tx: Sql, organizationId: string, { id, reason, filter, findings }: HoldRow): Promise<Holding> {
  const { filter: asked, ...period } = readBodyLogFilter(filter);
  const plain: RecordFilter = { ...asked, conditions: plainOf(asked.conditions) };
  const lookedUp: Holding['sql'][] = [];
  for (const condition of asked.conditions) {
    const { field, negated } = condition;
    if (!isLookedUp(field)) continue;
    const named = namedIn(condition);
    const found = field === 'findingId' ? [...(findings ?? []), ...(await findingsAsTheyAre(tx, organizationId, named))] : [];
    const sql = (parameters: Parameters): string =>
      field === 'findingId' ? anyFindingSql(organizationId, found, parameters) : evidenceSql(organizationId, named, parameters);
    lookedUp.push((parameters) => `(${sql(parameters)}) ${negated ? 'is not true' : 'is true'}`);
  }
  return {
    ...{ kind: 'legal', id, name: reason },
    sql: (parameters) =>
      all([...periodSql(period, parameters), ...filterSql(plain, organizationId, parameters), ...lookedUp.map((sql) => sql(parameters))]),
  };
}

export const namedIn = ({ anyOf }: LogCondition): string[] => anyOf.flatMap((matcher) => (matcher.kind === 'exact' ? [matcher.value] : []));
const plainOf = (conditions: readonly LogCondition[]): RecordCondition[] =>
  conditions.flatMap(({ field, ...condition }): RecordCondition[] => (isLookedUp(field) ? [] : [{ ...condition, field }]));

/** Evidence stays for as long as its record is in the log (purge-others.ts), so what this holds does not become less. */
const evidenceSql = (organizationId: string, incidents: readonly string[], parameters: Parameters): string =>
  `l.id = any(array(select e.record_id from incident_evidence e where e.organization_id = ${parameters.add(organizationId, 'uuid')} and e.incident_id = any(${parameters.add(incidents, 'uuid[]')})))`;

const anyFindingSql = (organizationId: string, found: readonly FindingThen[], parameters: Parameters): string =>
  found.map((one) => findingSql(organizationId, one, parameters)).join(' or ') || 'false';

/** All that its filter shows in its time, however many that are. */
function findingSql(organizationId: string, { filter, ...time }: FindingThen, parameters: Parameters): string {
  const { filter: asked, from, to } = readLogFilter(filter);
  const period = { from: from ?? new Date(time.from), to: to ?? new Date(time.to) };
  const conditions = filterSql({ ...asked, conditions: plainOf(asked.conditions) }, organizationId, parameters);
  return `(${all([...periodSql(period, parameters), ...conditions])})`;
}

/** Of those that there are. */
export async function findingsAsTheyAre(tx: Sql, organizationId: string, ids: readonly string[]): Promise<FindingThen[]> {
  const rows = await tx.query<{ filter: BodyFilter; began_at: Date; ended_at: Date }[]>(
    'select filter, began_at, ended_at from finding where organization_id = $1 and id = any($2::uuid[]) order by id',
    [organizationId, ids],
  );
  // Its end is the time of its last record.
  const after = (at: Date): string => new Date(at.getTime() + 1).toISOString();
  return rows.map(({ filter, began_at, ended_at }) => ({ filter, from: began_at.toISOString(), to: after(ended_at) }));
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
  const evidence = evidenceSql(organizationId, [row.id], parameters);
  const subjects = row.drill ? [] : subjectsSql(row, organizationId, parameters);
  if (subjects.length === 0) return evidence;
  const period = periodSql({ from: row.scope_from, to: row.scope_to ?? row.closed_at }, parameters);
  return `${evidence} or ${all([`(${subjects.join(' or ')})`, ...period])}`;
}

/** No value is added that no condition names: PostgreSQL would not know its type. */
function subjectsSql({ keys, people, addresses }: IncidentRow, organizationId: string, parameters: Parameters): string[] {
  const callers = (condition: string): string =>
    `l.caller_no = any(array(select c.no from audit_caller c where c.organization_id = ${parameters.add(organizationId, 'uuid')} and ${condition}))`;
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
  const holds: HeldBy[] = [];
  for (const group of grouped(holdings, MOST_VALUES)) {
    const { parameters } = group;
    const flags = group.conditions.map((sql) => `${sql} is true`).join(', ');
    const [organization, at, id] = [
      parameters.add(organizationId, 'uuid'),
      parameters.add(record.startedAt, 'timestamptz'),
      parameters.add(record.id, 'uuid'),
    ];
    const [row] = await tx.query<{ held: boolean[] }[]>(
      `select array[${flags}] as held from audit_log l where l.organization_id = ${organization} and l.occurred_at = ${at} and l.id = ${id}`,
      parameters.values,
    );
    holds.push(...group.holdings.filter((_, index) => row?.held[index] === true).map(({ kind, id: by, name }) => ({ kind, id: by, name })));
  }
  return holds;
}

export const isHeld = async (tx: Sql, organizationId: string, record: { id: string; startedAt: string }, now: Date): Promise<boolean> =>
  (await heldBy(tx, organizationId, record, now)).length > 0;

/** Whether something of a period is held: then its month must stay. */
export async function holdsSomething(
  tx: Sql,
  { organizationId, from, to }: { organizationId: string; from: Date; to: Date },
  now: Date,
): Promise<boolean> {
  for (const { sql, parameters } of heldSql(await holdingsOf(tx, organizationId, now))) {
    const [row] = await tx.query<{ held: boolean }[]>(
      `select exists (select from audit_log l where l.organization_id = ${parameters.add(organizationId, 'uuid')}
         and l.occurred_at >= ${parameters.add(from, 'timestamptz')} and l.occurred_at < ${parameters.add(to, 'timestamptz')} and (${sql})) as held`,
      parameters.values,
    );
    if (row?.held === true) return true;
  }
  return false;
}
