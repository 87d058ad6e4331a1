// What every scenario stands on: a folder of its own, the servers, products and clients in it, the comparison at the end, and that nothing is
// left when it ends, however it ends.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { check } from './check.mjs';
import { Client } from './client.mjs';
import { Product } from './product.mjs';
import { seeded } from './random.mjs';
import { Server } from './server.mjs';
import { readStored } from './stored.mjs';

const TOLD_WITHIN_MS = 15_000;

/** Says why a scenario cannot be run on this machine: no failure, and no proof either. */
export class Impossible extends Error {}

export class Stage {
  /** Shown in the report, in the order in which they were found out. */
  figures = {};
  findings = [];
  clients = [];
  products = [];
  /** Answers that were seen and compared. */
  answered = 0;
  #ends = [];
  #ended = null;

  constructor({ name, seed, settings }) {
    Object.assign(this, { name, seed, settings });
    this.random = seeded(seed);
    this.base = mkdtempSync(join(tmpdir(), `pinebill-faults-${name}-`));
    chmodSync(this.base, 0o755);
  }

  log(text) {
    console.log(`${this.name}: ${text}`);
  }

  find(rule, what) {
    this.findings.push({ rule, what });
  }

  /** Undone at the end, last first. */
  atEnd(undo) {
    this.#ends.unshift(undo);
  }

  /** A PostgreSQL of the harness, that flushes. */
  async server({ directory = join(this.base, 'server'), settings = {} } = {}) {
    const server = await Server.make(directory, settings);
    this.atEnd(() => server.end());
    return server;
  }

  /** The product, ready. */
  async product({ name = 'product', ...options } = {}) {
    const product = new Product(join(this.base, name), options);
    this.products.push(product);
    this.atEnd(() => product.end());
    product.spawn(options.first);
    await product.ready();
    await product.assertFlushing();
    return product;
  }

  /** A client with keys of this product's organization; not started. */
  async client(product) {
    this.keys ??= await product.mint();
    const prefix = this.clients.length === 0 ? 'faults' : `faults${this.clients.length}`;
    const client = new Client(seeded(this.seed + 1 + this.clients.length), this.keys, prefix);
    this.clients.push(client);
    return client;
  }

  get attempts() {
    return this.clients.flatMap(({ attempts }) => attempts);
  }

  /** Ends the load, waits until everything is shipped, compares, and stops the products in order. */
  async conclude(options = {}) {
    await Promise.all(this.clients.map((client) => client.stop()));
    for (const product of this.products) if (product.runs) await product.shipped();
    const { attempts } = this;
    const { stored, result } = await this.#compare(attempts, options);
    this.findings.push(...result.findings);
    this.answered = attempts.filter(({ id }) => id !== null).length;
    Object.assign(this.figures, {
      sent: attempts.filter(({ sent }) => sent).length,
      answered: this.answered,
      statuses: counts(attempts.filter(({ id }) => id !== null).map(({ status }) => status)),
      'without an answer': counts(attempts.filter(({ id, sent }) => sent && id === null).map(({ error }) => error)) || 0,
      'without a record': result.missing,
      'admitted by gap records': result.admitted,
      'outcome unknown': result.unknown,
      rows: stored.rows.length,
    });
    for (const product of this.products) await this.#stop(product);
    return { attempts, ...stored, ...result };
  }

  /** Gap records are written a moment after the last refusal. */
  async #compare(attempts, options) {
    for (const startedAt = performance.now(); ; await delay(500)) {
      const stored = await readStored(this.products[0]);
      const result = check({ attempts, ...stored, ...options });
      const told = !result.findings.some(({ rule }) => rule === 'uncounted');
      if (told || performance.now() - startedAt > TOLD_WITHIN_MS) return { stored, result };
    }
  }

  async #stop(product) {
    const code = await product.stop();
    if (code !== null && code !== 0) this.find('stop', `the product ended with ${code}: ${product.output.slice(-1_000)}`);
  }

  /** The first call decides whether the data stays. */
  end(keep) {
    return (this.#ended ??= this.#end(keep));
  }

  async #end(keep) {
    for (const undo of this.#ends) await Promise.resolve().then(undo).catch((error) => console.error(error)); // prettier-ignore
    if (!keep) rmSync(this.base, { recursive: true, force: true });
  }
}

/** `5 x 200, 2 x 404` */
export function counts(values) {
  const found = new Map();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([value, count]) => `${count} x ${value}`).join(', '); // prettier-ignore
}

/** Resolves with the milliseconds that it took until the condition held, or null when it did not in time. */
export async function until(condition, withinMs, everyMs = 20) {
  for (const startedAt = performance.now(); ; await delay(everyMs)) {
    if (await condition()) return performance.now() - startedAt;
    if (performance.now() - startedAt > withinMs) return null;
  }
}

/** So many answers below 500 in a row are a recovery. */
const SOUND_ANSWERS = 50;

/** Resolves with the milliseconds until the product works again for requests that were sent from now on; finds fault when it does not. */
export async function recovery(stage, client, withinMs) {
  const from = performance.now();
  const sound = () => {
    const last = client.attempts.filter(({ due, id }) => due > from && id !== null).slice(-SOUND_ANSWERS);
    return last.length === SOUND_ANSWERS && last.every(({ status }) => status < 500);
  };
  const took = await until(sound, withinMs, 50);
  if (took === null) stage.find('no recovery', `no ${SOUND_ANSWERS} sound answers in a row within ${seconds(withinMs)}`);
  return took;
}

export const seconds = (ms) => (ms === null ? 'never' : `${(ms / 1_000).toFixed(1)} s`);
export const milliseconds = (ms) => (ms === null ? 'none' : `${ms.toFixed(1)} ms`);
