/** What the live traffic knows: who may call with which secret, and which customers and invoices there are to call about. */
import type { Client } from 'pg';
import { typeId } from '../platform/ids';
import { cast, type Caller, type CastKey, type CastOrganization } from './cast';

export type LiveOrganization = {
  keys: readonly CastKey[];
  /** TypeIDs. Drafts and open ones are taken out when they are acted on. */
  customers: string[];
  invoices: string[];
  drafts: string[];
  open: string[];
};
export type LiveWorld = { home: LiveOrganization; others: readonly LiveOrganization[]; secrets: ReadonlyMap<string, string> };

/** Enough to choose from; the demo must not read a growing table as a whole. */
const POOL = 200;

export async function loadLiveWorld(db: Client, secrets: ReadonlyMap<string, string>): Promise<LiveWorld> {
  const { rows } = await db.query<{ id: string }>('select id from organization order by is_home desc, created_at limit $1', [cast.length]);
  const [home, ...others] = await Promise.all(cast.map((source, index) => loadOrganization(db, rows[index]?.id ?? null, source)));
  if (!home) throw new Error('The demo has no home organization');
  return { home, others, secrets };
}

async function loadOrganization(db: Client, id: string | null, source: CastOrganization): Promise<LiveOrganization> {
  const customers = await db.query<{ id: string }>('select id from customer where organization_id = $1 order by id desc limit $2', [
    id,
    POOL,
  ]);
  const invoices = await db.query<{ id: string; state: string }>(
    'select id, state from invoice where organization_id = $1 order by id desc limit $2',
    [id, POOL],
  );
  const inState = (state: string) => invoices.rows.filter((row) => row.state === state).map((row) => typeId('inv', row.id));
  return {
    keys: source.keys,
    customers: customers.rows.map((row) => typeId('cus', row.id)),
    invoices: invoices.rows.map((row) => typeId('inv', row.id)),
    drafts: inState('draft'),
    open: inState('open'),
  };
}

export function liveKey(world: LiveWorld, handle: string): { secret: string | null; callers: readonly Caller[] } {
  const key = [world.home, ...world.others].flatMap((organization) => organization.keys).find((candidate) => candidate.handle === handle);
  return { secret: world.secrets.get(handle) ?? null, callers: key?.callers ?? [] };
}
