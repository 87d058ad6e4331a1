/** The six patterns of the guide and a breach, as they happen now: what is called, by whom, how fast. Pure; traffic.ts plays them one after the other. */
import { finder, guesser, intruder, type Caller } from './cast';
import { anInvoice } from './everyday';
import type { LiveCall } from './live-call';
import { liveKey, type LiveWorld } from './live-world';
import type { Random } from './random';
import { strangeSecret } from './secrets';

/** `pauseMs` is waited after the call was sent, not after it was answered: a client in a hurry does not wait either. */
export type Beat = { call: LiveCall; pauseMs: number };
type Scene = (world: LiveWorld, random: Random) => Generator<Beat>;

function actor(world: LiveWorld, handle: string): { secret: string | null; caller: Caller } {
  const { secret, callers } = liveKey(world, handle);
  const caller = callers[0];
  if (!caller) throw new Error(`The key ${handle} has no caller`);
  return { secret, caller };
}

/** 401s from one address: made-up keys, garbage, no key at all, and the contractor's revoked one. */
const unauthorizedBurst: Scene = function* (world, random) {
  const { secret: revoked } = actor(world, 'contractor');
  for (let count = 0; count < 60; count++) {
    const secret = random.pick([
      strangeSecret(),
      strangeSecret(),
      revoked,
      `pbk_${random.hex(20)}`,
      `${strangeSecret().slice(0, -1)}0`,
      null,
    ]);
    const path = random.pick(['/v1/invoices', '/v1/customers', '/v1/api-keys']);
    yield { call: { method: 'GET', path, caller: guesser, secret }, pauseMs: random.integer(80, 320) };
  }
};

/** The same question six times a second: many times the usual, until the key's limit answers. */
const runawayLoop: Scene = function* (world, random) {
  const id = random.pick(world.home.invoices);
  for (let count = 0; count < 240; count++) {
    yield { call: { method: 'GET', path: `/v1/invoices/${id}`, ...actor(world, 'mobile') }, pauseMs: 165 };
  }
};

/** An old key, from a country it was never used in. */
const newAddress: Scene = function* (world, random) {
  const { secret } = actor(world, 'importer');
  for (let count = 0; count < 25; count++) {
    yield { call: { method: 'GET', path: '/v1/customers?limit=200', caller: finder, secret }, pauseMs: random.integer(400, 1_200) };
  }
};

/** Unit prices as decimals, and now and then JSON that is cut off: 400 every time. */
const alwaysInvalid: Scene = function* (world, random) {
  const who = actor(world, 'erp');
  for (let count = 0; count < 14; count++) {
    const invoice = anInvoice(random.pick(world.home.customers), random);
    const lines = invoice.lines.map((line) => ({ ...line, unitAmount: line.unitAmount / 100 + 0.5 }));
    const body = random.chance(0.15) ? JSON.stringify(invoice).slice(0, 60) : { ...invoice, lines };
    yield { call: { method: 'POST', path: '/v1/invoices', body, ...who }, pauseMs: random.integer(900, 2_400) };
  }
};

/** More calls within seconds than a minute allows: 429 in between. */
const rateLimited: Scene = function* (world, random) {
  const who = actor(world, 'warehouse');
  for (let count = 0; count < 200; count++) {
    const path = `/v1/${random.pick(['invoices', 'customers'])}?limit=200&order=asc`;
    yield { call: { method: 'GET', path, ...who }, pauseMs: random.integer(50, 110) };
  }
};

/** A version that does not exist. */
const wrongVersion: Scene = function* (world, random) {
  const who = actor(world, 'staging');
  for (let count = 0; count < 10; count++) {
    const path = random.pick(['/v2/invoices', '/v2/customers', '/v2/invoices?state=open']);
    yield { call: { method: 'GET', path, ...who }, pauseMs: random.integer(700, 1_800) };
  }
};

/** Whoever has the key of the subscriptions comes back, until somebody stops it; and then tries on for a while. */
const stolenKey: Scene = function* (world, random) {
  const { secret } = actor(world, 'subscriptions');
  for (let count = 0; count < 14; count++) {
    const path = random.pick(['/v1/customers?limit=200', '/v1/invoices?limit=200', `/v1/invoices/${random.pick(world.home.invoices)}`]);
    yield { call: { method: 'GET', path, caller: intruder, secret }, pauseMs: random.integer(500, 1_500) };
  }
};

/** In the order of play: the six patterns, and a breach. */
export const scenes = { alwaysInvalid, unauthorizedBurst, wrongVersion, runawayLoop, newAddress, rateLimited, stolenKey } as const;
