/**
 * The demo's organizations, people, keys, customers and invoices, back-dated so that they are older than their history. Written by SQL as the
 * owner: the API gives nobody a way to create things in the past, and should not.
 */
import { hash } from '@node-rs/argon2';
import type { Client } from 'pg';
import { v7 } from 'uuid';
import { typeId } from '../platform/ids';
import { StartError } from '../platform/start-error';
import { createdAt as createdAtOf } from './breach-times';
import { cast, people, type CastKey, type CastOrganization } from './cast';
import type { HistoryKey, HistoryOrganization, HistoryPerson } from './history-records';
import { seededRandom, type Random } from './random';
import { freshSecret } from './secrets';

/** What a demo is made of, in memory. */
export type DemoWorld = {
  organizations: readonly HistoryOrganization[];
  /** By handle of cast.ts. */
  secrets: ReadonlyMap<string, string>;
};

const DAY = 86_400_000;
/** Older than its oldest key. */
const FOUNDED_DAYS_AGO = 430;

/** One transaction. Refuses a database that is in use: examples do not belong among real data. */
export async function seed(db: Client, now: Date): Promise<DemoWorld> {
  const homeId = await pristineHome(db);
  const secrets = new Map<string, string>();
  await db.query('begin');
  const founded = daysBefore(now, FOUNDED_DAYS_AGO);
  const persons = await seedPeople(db, homeId, founded);
  const organizations: HistoryOrganization[] = [];
  for (const source of cast) {
    const isHome = organizations.length === 0;
    const id = isHome ? homeId : v7({ msecs: founded.getTime() });
    await seedOrganization(db, { id, source, isHome, founded });
    if (!isHome) await join(db, id, persons[0]?.id ?? '', 'admin', founded);
    const creator = persons[0] ?? { id: '', name: '', role: '' };
    const keys = await seedKeys(db, source, { organizationId: id, creator, now, secrets });
    organizations.push({
      id,
      isHome,
      requests: source.requests,
      keys,
      people: isHome ? persons : [],
      ...(await seedBilling(db, id, source, now)),
    });
  }
  await db.query('commit');
  return { organizations, secrets };
}

/** Started again: the keys are the same, their secrets are new, because the old ones were nowhere but in memory. */
export async function renewSecrets(db: Client, keys: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const secrets = new Map<string, string>();
  for (const [handle, id] of Object.entries(keys)) {
    const fresh = freshSecret();
    await db.query('update api_key set secret_hash = $2, last4 = $3 where id = $1', [id, fresh.hash, fresh.last4]);
    secrets.set(handle, fresh.secret);
  }
  return secrets;
}

async function pristineHome(db: Client): Promise<string> {
  const { rows } = await db.query<{ id: string; is_home: boolean }>('select id, is_home from organization');
  const used = await db.query('select 1 from api_key union all select 1 from customer limit 1');
  const home = rows[0];
  if (rows.length !== 1 || !home?.is_home || used.rowCount !== 0) {
    throw new StartError(
      'This database is in use, or a demo was stopped while it was being set up: examples are written into an empty one only. Delete the directory .pinebill-demo and run `npm run demo` again.',
    );
  }
  return home.id;
}

/** The admin of the first run becomes the first of the cast. */
async function seedPeople(db: Client, homeId: string, founded: Date): Promise<HistoryPerson[]> {
  const persons: HistoryPerson[] = [];
  for (const person of people) {
    const first = persons.length === 0;
    const found = first
      ? await db.query<{ id: string }>('select user_id as id from membership where organization_id = $1', [homeId])
      : null;
    const id = found?.rows[0]?.id ?? v7({ msecs: founded.getTime() });
    await db.query(
      `insert into app_user (id, email, name, password_hash, must_change_password, created_at) values ($1, $2, $3, $4, false, $5)
       on conflict (id) do update set email = excluded.email, name = excluded.name, password_hash = excluded.password_hash,
         must_change_password = false, created_at = excluded.created_at`,
      [id, person.email, person.name, await hash(person.password), founded],
    );
    if (!first) await join(db, homeId, id, person.role, founded);
    persons.push({ id, name: person.name, role: person.role });
  }
  return persons;
}

async function join(db: Client, organizationId: string, userId: string, role: string, at: Date): Promise<void> {
  // A second later than the home membership: sign-in opens the oldest.
  const created = new Date(at.getTime() + (role === 'admin' ? 1_000 : 0));
  await db.query('insert into membership (id, organization_id, user_id, role, created_at) values ($1, $2, $3, $4, $5)', [
    v7(),
    organizationId,
    userId,
    role,
    created,
  ]);
}

type NewOrganization = { id: string; source: CastOrganization; isHome: boolean; founded: Date };

async function seedOrganization(db: Client, { id, source, isHome, founded }: NewOrganization): Promise<void> {
  await db.query(
    `insert into organization (id, name, is_home, plan, per_key_per_minute, per_organization_per_minute, created_at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (id) do update set name = excluded.name, plan = excluded.plan, per_key_per_minute = excluded.per_key_per_minute,
       per_organization_per_minute = excluded.per_organization_per_minute, created_at = excluded.created_at`,
    [id, source.name, isHome, source.plan, source.limits?.perKeyPerMinute, source.limits?.perOrganizationPerMinute, founded],
  );
  await db.query('update membership set created_at = $2 where organization_id = $1', [id, founded]);
}

type NewKey = {
  organizationId: string;
  key: CastKey;
  creator: HistoryPerson;
  now: Date;
  secrets: Map<string, string>;
  replaces: string | null;
};

async function seedKeys(db: Client, { keys }: CastOrganization, of: Omit<NewKey, 'key' | 'replaces'>): Promise<HistoryKey[]> {
  const seeded: HistoryKey[] = [];
  for (const key of keys) {
    const replaces = seeded.find(({ handle }) => handle === key.replaces)?.id ?? null;
    seeded.push(await seedKey(db, { ...of, key, replaces }));
  }
  return seeded;
}

/** What is staged later is not seeded. */
const seededRevocation = ({ revoked }: CastKey, now: Date): { at: Date; reason: string } | null =>
  revoked && !revoked.inIncident ? { at: daysBefore(now, revoked.daysAgo), reason: revoked.reason } : null;

async function seedKey(db: Client, { organizationId, key, creator, now, secrets, replaces }: NewKey): Promise<HistoryKey> {
  const createdAt = new Date(createdAtOf(key, now.getTime()));
  const id = v7({ msecs: createdAt.getTime() });
  const { secret, hash: secretHash, last4 } = freshSecret();
  secrets.set(key.handle, secret);
  const expiresAt = key.expiresInDays === undefined ? null : daysBefore(now, -key.expiresInDays);
  const revoked = seededRevocation(key, now);
  await db.query(
    `insert into api_key (organization_id, id, name, secret_hash, last4, scopes, service, team, environment, expires_at, created_by,
       created_by_name, created_at, revoked_at, revoked_by, revoke_reason, replaces)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
    [
      organizationId, id, key.name, secretHash, last4, key.scopes, key.service, key.team, key.environment, expiresAt, creator.id,
      creator.name, createdAt, revoked?.at, revoked && creator.id, revoked?.reason, replaces,
    ], // prettier-ignore
  );
  for (const list of ['service', 'team'] as const)
    await db.query(`insert into ${list} (organization_id, id, name, created_at) values ($1, $2, $3, $4) on conflict do nothing`, [
      ...[organizationId, v7({ msecs: createdAt.getTime() }), key[list], createdAt],
    ]);
  await note(db, {
    organizationId,
    creator,
    at: createdAt,
    action: 'api_key.created',
    key: { id, name: key.name },
    after: { scopes: key.scopes, ...(replaces === null ? {} : { replaces: typeId('key', replaces) }) },
  });
  if (revoked) {
    await note(db, {
      organizationId,
      creator,
      at: revoked.at,
      action: 'api_key.revoked',
      key: { id, name: key.name },
      after: { reason: revoked.reason },
    });
  }
  return { ...key, id, last4 };
}

type Entry = {
  organizationId: string;
  creator: HistoryPerson;
  at: Date;
  action: string;
  key: { id: string; name: string };
  after: Record<string, unknown>;
};

async function note(db: Client, { organizationId, creator, at, action, key, after }: Entry): Promise<void> {
  await db.query(
    `insert into activity (organization_id, id, occurred_at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, after)
     values ($1, $2, $3, 'user', $4, $5, $6, 'apiKey', $7, $8, $9)`,
    [organizationId, v7({ msecs: at.getTime() }), at, creator.id, creator.name, action, key.id, key.name, JSON.stringify(after)],
  );
}

const companies = ['Alder', 'Birch', 'Cedar', 'Dogwood', 'Elm', 'Fir', 'Ginkgo', 'Hazel', 'Juniper', 'Larch', 'Maple', 'Rowan'];
const trades = ['Logistics', 'Studio', 'Foods', 'Robotics', 'Health', 'Books'];
const wares = ['Subscription, monthly', 'Onboarding', 'Consulting, per hour', 'Storage, 100 GB', 'Support plan', 'Training day'];

async function seedBilling(
  db: Client,
  organizationId: string,
  source: CastOrganization,
  now: Date,
): Promise<Pick<HistoryOrganization, 'customers' | 'invoices'>> {
  const random = seededRandom(source.invoices);
  const customers = Array.from({ length: source.customers }, (_, index) => ({
    at: daysBefore(now, 90 - (index * 50) / source.customers),
    name: `${companies[index % companies.length] ?? ''} ${trades[Math.floor(index / companies.length) % trades.length] ?? ''}`,
  })).map((customer) => ({ ...customer, id: v7({ msecs: customer.at.getTime() }) }));
  for (const { id, name, at } of customers) {
    await db.query('insert into customer (organization_id, id, name, email, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)', [
      organizationId,
      id,
      name,
      `billing@${name.toLowerCase().replace(' ', '-')}.example`,
      at,
    ]);
  }
  const invoices: string[] = [];
  for (let index = 0; index < source.invoices; index++) {
    const at = daysBefore(now, 39 - (index * 38) / source.invoices);
    invoices.push(await seedInvoice(db, { organizationId, at, customerId: random.pick(customers).id, number: index + 1, random }));
  }
  return { customers: customers.map(({ id }) => typeId('cus', id)), invoices };
}

type NewInvoice = { organizationId: string; at: Date; customerId: string; number: number; random: Random };

async function seedInvoice(db: Client, { organizationId, at, customerId, number, random }: NewInvoice): Promise<string> {
  const id = v7({ msecs: at.getTime() });
  const state = random.weighted([{ weight: 6, name: 'paid' }, { weight: 3, name: 'open' }, { weight: 0.5, name: 'void' }]).name; // prettier-ignore
  const lines = Array.from({ length: random.integer(1, 4) }, () => ({
    description: random.pick(wares),
    quantity: random.integer(1, 12),
    unitAmount: random.integer(5, 400) * 100,
  }));
  const total = lines.reduce((sum, line) => sum + line.quantity * line.unitAmount, 0);
  const settled = new Date(at.getTime() + random.between(0.2, 0.9) * DAY);
  await db.query(
    `insert into invoice (organization_id, id, customer_id, number, state, currency, lines, total, due_at, finalized_at, paid_at, voided_at, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $10, $13)`,
    [
      organizationId, id, customerId, `INV-${String(number).padStart(8, '0')}`, state, random.pick(['EUR', 'EUR', 'USD', 'GBP']), JSON.stringify(lines),
      total, daysBefore(at, -30), at, state === 'paid' ? settled : null, state === 'void' ? settled : null, state === 'open' ? at : settled,
    ], // prettier-ignore
  );
  return typeId('inv', id);
}

const daysBefore = (at: Date, days: number): Date => new Date(at.getTime() - days * DAY);
