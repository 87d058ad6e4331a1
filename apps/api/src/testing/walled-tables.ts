/**
 * Each table with rows of organizations, tried as the role of the product inside one organization, with every grant and no filter: the policies
 * alone. In transactions that are rolled back, so that a table may be filled, and a policy loosened, on the way.
 */
import type { Client } from 'pg';
import { organizations, people } from './test-app';
import { ownedOtherwise } from './walls';

const { home: inside, other: outside } = organizations;
const personOf: Record<string, string> = { [inside]: people.admin.id, [outside]: people.stranger.id };

export type WalledTable = { name: string; owner: 'id' | 'organization_id' | 'user_id'; policies: { name: string; command: string }[] };

export async function walledTables(client: Client): Promise<WalledTable[]> {
  const { rows } = await client.query<WalledTable>(
    `select c.relname as name,
       case when c.relname in ('organization', 'app_user') then 'id' when c.relname = any($1) then 'user_id' else 'organization_id' end as owner,
       coalesce((select json_agg(json_build_object('name', polname, 'command', polcmd) order by polname) from pg_policy p
         where p.polrelid = c.oid and p.polroles && array['pinebill_app'::regrole::oid, 0::oid]), '[]') as policies
     from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and (c.relname = any($1) or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id'))
     order by 1`,
    [ownedOtherwise],
  );
  return rows;
}

/** Of an organization, or of the person who stands for it. */
const ownerIn = ({ name, owner }: WalledTable, organization: string): string =>
  owner === 'organization_id' || name === 'organization' ? organization : personOf[organization]!;
const isForeign = (table: WalledTable): string => `${table.owner} = '${ownerIn(table, outside)}'`;

/** What a made-up row needs to pass the checks of its table; everything else is made up by type. */
const seeds: Record<string, Record<string, string>> = {
  export: { created_by_type: `'system'`, source: `'evidence'`, state: `'failed'` },
  saved_view: { sort_order: `'desc'` },
  export_schedule: { every: `'month'` },
  export_delivery: { destination: `'s3'`, state: `'waiting'` },
  audit_quarantine: { record: `'{}'` },
  mail_outbox: { to_email: `'a@example.com'`, to_name: `'A'`, requires: `null` },
  channel: { kind: `'webhook'`, target: `''::bytea`, secret: `''::bytea` },
  weekly_review: { week: `date '2025-12-01'` },
  invoice: { state: `'draft'` },
  invitation: { role: `'member'` },
  incident: { severity: `'high'` },
  incident_subject: { kind: `'key'` },
  incident_step: { step: `'scoped'`, how: `'done'` },
  alert_rule: { kind: `'detector'`, severity: `'high'`, least_severity: `'low'` },
  alert: { state: `'open'`, severity: `'high'` },
  alert_event: { kind: `'opened'` },
  incident_caller: { source: `'system'` },
  finding_severity: { severity: `'low'` },
  finding: { subject_kind: `'key'`, severity: `'low'`, state: `'open'` },
  normal_usage: { state: `'draft'` },
  leak_report: { policy: `null`, action: `null`, handled_at: `null` },
  key_reminder: { kind: `'expiry'` },
  archive: { state: `'writing'`, destination: `'s3'` },
  purge_certificate: { how: `'deleted'` },
  review: { kind: `'access'`, snapshot: `'{}'`, sha256: `sha256('{}')` },
};
const madeUp: Record<string, string> = {
  uuid: 'gen_random_uuid()',
  text: `left(gen_random_uuid()::text, 8)`,
  character: `'x'`,
  bytea: `sha256(convert_to(gen_random_uuid()::text, 'UTF8'))`,
  boolean: 'false',
  smallint: '1',
  integer: '1',
  bigint: '1',
  real: '1',
  jsonb: `'{}'`,
  date: 'current_date',
  'timestamp with time zone': 'now()',
  ARRAY: `'{}'`,
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** So that there is one row of each organization at least, or a test could see nothing because nothing is there. */
async function fill(client: Client, table: WalledTable): Promise<void> {
  for (const organization of [inside, outside]) {
    const owner = ownerIn(table, organization);
    const { rowCount } = await client.query(`select 1 from ${table.name} where ${table.owner} = '${owner}' limit 1`);
    if (rowCount !== 0) continue;
    const { rows: columns } = await client.query<{ name: string; type: string; needed: boolean }>(
      `select column_name as name, data_type as type, is_nullable = 'NO' and column_default is null and is_identity = 'NO' as needed
       from information_schema.columns where table_schema = 'app' and table_name = $1`,
      [table.name],
    );
    const own: Record<string, string> = { user_id: `'${personOf[organization]!}'`, ...seeds[table.name], [table.owner]: `'${owner}'` };
    const needed = columns.filter(({ name, needed: isNeeded }) => isNeeded || own[name] !== undefined);
    const values = needed.map(({ name, type }) => own[name] ?? madeUp[type] ?? 'null');
    await client
      .query(`insert into ${table.name} (${needed.map(({ name }) => name).join(', ')}) values (${values.join(', ')})`)
      .catch((error: unknown) => {
        const what = `Table ${table.name} has no row of organization ${organization}, and none could be made up (${messageOf(error)}).`;
        throw new Error(`${what} Add what it needs to \`seeds\` in walled-tables.ts.`);
      });
  }
}

export type Tried = {
  /** Rows of the own organization that are seen. */
  own: number;
  /** Rows of the other one: seen, changed and deleted by statements without a filter. */
  seen: number;
  changed: number;
  deleted: number;
  /** A row for the other organization: what PostgreSQL says to it. */
  inserted: string;
  /** The own rows, given to the other organization: what PostgreSQL says, or how many. */
  given: string;
};

/** What the policies leave, after `sabotage` if there is any. */
export async function tryWithoutFilter(client: Client, table: WalledTable, sabotage = 'select 1'): Promise<Tried> {
  const { name, owner } = table;
  await client.query('begin');
  try {
    // What a made-up row refers to need not exist: foreign keys are triggers, and these are off for a moment.
    await client.query('set local session_replication_role = replica');
    await fill(client, table);
    await client.query('set local session_replication_role = origin');
    const foreign = await client.query<{ row: object }>(`select to_jsonb(t) as row from ${name} t where ${isForeign(table)} limit 1`);
    const { rows: columns } = await client.query<{ list: string }>(
      `select string_agg(column_name, ', ') as list from information_schema.columns
       where table_schema = 'app' and table_name = $1 and is_generated = 'NEVER'`,
      [name],
    );
    const list = columns[0]!.list;
    await client.query(sabotage);
    // Every grant: a statement that is refused for want of one says nothing about the policies.
    await client.query(`grant all on ${name} to pinebill_app; set local role pinebill_app; set local app.organization_id = '${inside}'`);
    const count = async (where: string): Promise<number> =>
      Number((await client.query<{ n: string }>(`select count(*) as n from ${name} where ${where}`)).rows[0]!.n);
    const attempt = async (sql: string, values: unknown[] = []): Promise<string> => {
      await client.query('savepoint attempt');
      const said = await client.query(sql, values).then(({ rowCount }) => String(rowCount), messageOf);
      await client.query('rollback to savepoint attempt');
      return said.replace(/^new row violates (row-level security policy).*/, '$1');
    };
    return {
      own: await count(`not (${isForeign(table)})`),
      seen: await count(isForeign(table)),
      changed: Number(await attempt(`update ${name} set ${owner} = ${owner} where ${isForeign(table)}`)),
      deleted: Number(await attempt(`delete from ${name} where ${isForeign(table)}`)),
      inserted: await attempt(
        `insert into ${name} (${list}) overriding system value select ${list} from jsonb_populate_record(null::${name}, $1)`,
        [foreign.rows[0]!.row],
      ),
      given: await attempt(`update ${name} set ${owner} = '${ownerIn(table, outside)}' where ${owner} = '${ownerIn(table, inside)}'`),
    };
  } finally {
    await client.query('rollback');
  }
}
