/** Ordinary traffic: which call comes next, and what its answer teaches. Keeps to the state machine of invoices, so that most calls succeed. */
import type { CastKey } from './cast';
import type { LiveAnswer, LiveCall } from './live-call';
import type { LiveOrganization, LiveWorld } from './live-world';
import type { Random } from './random';
import { rhythmWeight } from './rhythm';

export type EverydayCall = { call: LiveCall; learn: (answer: LiveAnswer) => void };

/** Ids that were made live and are kept to call about: bounded, the oldest are forgotten. */
const POOL = 400;
/** Even at night a demo has something to show. */
const FLOOR = 0.15;

export function everydayCall(world: LiveWorld, organization: LiveOrganization, random: Random, at: Date): EverydayCall {
  const ready = organization.keys.filter((key) => key.share > 0 && key.callers.length > 0 && world.secrets.has(key.handle) && !isOver(key));
  const { key } = random.weighted(ready.map((each) => ({ key: each, weight: each.share * (FLOOR + rhythmWeight(each.rhythm, at)) })));
  const step = stepOf(random.pick(key.does), organization, random);
  const secret = world.secrets.get(key.handle) ?? null;
  return { call: { ...step.call, caller: random.pick(key.callers), secret }, learn: step.learn ?? (() => undefined) };
}

const isOver = (key: CastKey): boolean => key.revoked !== undefined || (key.expiresInDays ?? 1) < 0;

type Step = { call: Pick<LiveCall, 'method' | 'path' | 'body'>; learn?: (answer: LiveAnswer) => void };

function stepOf(what: string, organization: LiveOrganization, random: Random): Step {
  if (what === 'checkout') return checkout(organization, random);
  if (what === 'export') return { call: { method: 'GET', path: `/v1/${random.pick(['invoices', 'customers'])}?limit=200&order=asc` } };
  if (what === 'auditing') return { call: { method: 'GET', path: '/v1/audit-logs?status=4xx&limit=50' } };
  // A read-only key that tries to write: 403, now and then.
  if (what === 'overreach' && random.chance(0.15)) return { call: { method: 'POST', path: '/v1/customers', body: aCustomer(random) } };
  return read(organization, random);
}

function read({ invoices, customers }: LiveOrganization, random: Random): Step {
  const choice = random.next();
  if (choice < 0.45 && invoices.length > 0) return { call: { method: 'GET', path: `/v1/invoices/${random.pick(invoices)}` } };
  if (choice < 0.7 && customers.length > 0) return { call: { method: 'GET', path: `/v1/customers/${random.pick(customers)}` } };
  if (choice < 0.72) return { call: { method: 'GET', path: '/v1/invoices/inv_01jdw2gm3xe4pt6x0rbf6n2k9c' } }; // deleted long ago: 404
  return { call: { method: 'GET', path: `/v1/invoices?state=${random.pick(['open', 'paid', 'draft'])}&limit=50` } };
}

function checkout(organization: LiveOrganization, random: Random): Step {
  const { customers, invoices, drafts, open } = organization;
  if (customers.length === 0 || random.chance(0.06)) {
    return { call: { method: 'POST', path: '/v1/customers', body: aCustomer(random) }, learn: (answer) => remember(customers, answer) };
  }
  const choice = random.next();
  if (drafts.length > 2 && choice < 0.4) return act('finalize', drafts, open);
  if (open.length > 2 && choice < 0.75) return act('pay', open, []);
  const body = anInvoice(random.pick(customers), random);
  const learn = (answer: LiveAnswer): void => {
    remember(drafts, answer);
    remember(invoices, answer);
  };
  return { call: { method: 'POST', path: '/v1/invoices', body }, learn };
}

function act(action: string, from: string[], to: string[]): Step {
  const id = from.shift() ?? '';
  return {
    call: { method: 'POST', path: `/v1/invoices/${id}/${action}` },
    learn: (answer) => (answer.status === 200 ? keep(to, id) : undefined),
  };
}

function remember(pool: string[], { status, body }: LiveAnswer): void {
  const id = (body as { id?: unknown } | null)?.id;
  if (status === 201 && typeof id === 'string') keep(pool, id);
}

function keep(pool: string[], id: string): void {
  pool.push(id);
  if (pool.length > POOL) pool.shift();
}

const aCustomer = (random: Random) => ({ name: `Walk-in ${random.hex(4)}`, email: `walk-in-${random.hex(6)}@example.com` });

export const anInvoice = (customerId: string, random: Random) => ({
  customerId,
  currency: random.pick(['EUR', 'EUR', 'USD', 'GBP']),
  lines: [{ description: 'Subscription, monthly', quantity: random.integer(1, 5), unitAmount: random.integer(5, 90) * 100 }],
});
