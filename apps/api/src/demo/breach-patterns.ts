/**
 * Two breaches in the history, each with a key whose secret somebody else has: a small one that was found at once, and one of last night, which reads customers
 * and invoices, writes a few, and tries what the key may not do. What people did about them is incidents.ts.
 */
import { notebookTimes, subscriptionTimes } from './breach-times';
import { intruder, reader, type Caller } from './cast';
import { keyNamed, ok, refusedKey, say, type Stage } from './history-patterns';
import type { Draft, HistoryKey } from './history-records';
import type { Ending } from './operations';

type Deed = {
  method: string;
  route: string;
  id?: 'invoice' | 'customer';
  query?: Record<string, string>;
  ending: Ending;
  bytes: [number, number];
};

const none: [number, number] = [0, 0];
const created: Ending = { weight: 1, status: 201, reason: null };
const forbidden = (reason: string, detail: string): Ending => ({ weight: 1, status: 403, reason, code: reason, detail });
const lackingScope = forbidden('missing_scope', 'The API key lacks the scope audit:read. An admin can make a key that has it.');
const lackingPerson = forbidden('person_required', 'Only a signed-in person can do this.');

const list = (route: string): Deed => ({ method: 'GET', route, query: { limit: '200' }, ending: ok, bytes: [21_000, 52_000] });
const deeds = {
  customers: list('/v1/customers'),
  invoices: list('/v1/invoices'),
  invoice: { method: 'GET', route: '/v1/invoices/{id}', id: 'invoice', ending: ok, bytes: [640, 1_500] },
  customer: { method: 'GET', route: '/v1/customers/{id}', id: 'customer', ending: ok, bytes: [310, 520] },
  makeInvoice: { method: 'POST', route: '/v1/invoices', ending: created, bytes: [620, 1_400] },
  changeCustomer: { method: 'PATCH', route: '/v1/customers/{id}', id: 'customer', ending: ok, bytes: [310, 520] },
  log: { method: 'GET', route: '/v1/audit-logs', ending: lackingScope, bytes: none },
  keys: { method: 'GET', route: '/v1/api-keys', ending: lackingPerson, bytes: none },
} as const satisfies Record<string, Deed>;

type Visit = { key: HistoryKey; caller: Caller; from: number; to: number; ending?: Ending };

function visit(stage: Stage, { key, caller, from, to, ending }: Visit, counts: Partial<Record<keyof typeof deeds, number>>): Draft[] {
  const { random, organization } = stage;
  return Object.entries(counts).flatMap(([name, count]) => {
    const deed: Deed = deeds[name as keyof typeof deeds];
    return Array.from({ length: count }, () => {
      const id = deed.id && random.pick(deed.id === 'invoice' ? organization.invoices : organization.customers);
      const path = id ? deed.route.replace('{id}', id) : deed.route;
      return say(stage, {
        at: random.between(from, to), key, caller, method: deed.method, path, route: deed.route, query: deed.query ?? null, ending: ending ?? deed.ending,
        medianMs: 8, requestBytes: deed.method === 'GET' ? 0 : random.integer(60, 420), responseBytes: random.integer(...deed.bytes),
      }); // prettier-ignore
    });
  });
}

/** Read by whoever opened the notebook, until the key was revoked; tried twice more afterwards. */
const notebookLeak = (stage: Stage): Draft[] => {
  const key = keyNamed(stage, 'notebook');
  const { begins, ends, revoked } = notebookTimes(stage.now);
  const refused = refusedKey('revoked_key');
  return [
    ...visit(stage, { key, caller: reader, from: begins, to: ends }, { customers: 9, invoices: 6, invoice: 21, log: 2 }),
    ...visit(stage, { key, caller: reader, from: revoked + 60_000, to: revoked + 1_200_000, ending: refused }, { customers: 7 }),
    ...visit(stage, { key, caller: reader, from: revoked + 40_000_000, to: revoked + 40_600_000, ending: refused }, { customers: 4 }),
  ];
};

const stolenKey = (stage: Stage): Draft[] => {
  const key = keyNamed(stage, 'subscriptions');
  const { night, nightEnds, again, againEnds } = subscriptionTimes(stage.now);
  const first = { keys: 3, log: 4, customers: 34, invoices: 46, invoice: 71, customer: 22, makeInvoice: 5, changeCustomer: 2 };
  return [
    ...visit(stage, { key, caller: intruder, from: night, to: nightEnds }, first),
    ...visit(stage, { key, caller: intruder, from: again, to: againEnds }, { customers: 6, invoice: 11, changeCustomer: 1 }),
  ];
};

export const breachPatterns = { notebookLeak, stolenKey } as const;
