/** The rows of the world as text, to see that nobody has changed them. A new table is looked at until it says here why not. */
import type { TestApp } from '../testing/test-app';
import { CALLERS_AGENT } from './world';

/** What every request moves, whoever makes it. */
const moving = /^(audit_.*|api_key_(use|hour|caller|use_head)|api_process|rate_limit_.*|job_outcome|throttle)$/;
/** What may be in a table besides: what the callers use up. */
const besides: Readonly<Record<string, string>> = {
  user_session: `user_agent is distinct from '${CALLERS_AGENT}'`,
  // They sign out, and download what is theirs; and jobs do what they do.
  activity: `action not in ('session.ended', 'export.downloaded', 'incident.exported') and actor_type <> 'system'`,
  incident_event: `kind <> 'exported'`,
  second_factor: 'confirmed_at is not null',
};

export async function rowsOf(t: TestApp): Promise<Set<string>> {
  const tables = await t.sql<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  );
  const rows = new Set<string>();
  for (const { name } of tables.filter((table) => !moving.test(table.name))) {
    const found = await t.sql<{ row: string }>(`select x::text as row from ${name} x where ${besides[name] ?? 'true'}`);
    for (const { row } of found) rows.add(`${name} ${row}`);
  }
  return rows;
}
