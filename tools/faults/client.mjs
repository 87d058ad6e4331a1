// Sends a mix of requests, so many at a time or so many a second, and writes down what it was answered: the checker believes nobody else.
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { kinds, mix, uuidOf } from './requests.mjs';

const IN_FLIGHT = 16;
const ADDRESSES = 4_096;
/** A request that hangs is given up, and counts as unanswered. */
const GIVE_UP_MS = 60_000;

export class Client {
  /** In the order of sending. `id` and `status` are null until the head of an answer was seen. Times are of the monotonic clock, in ms. */
  attempts = [];
  answered = 0;
  /** Sent, and neither answered whole nor given up. */
  open = 0;
  #agent = null;
  #url = null;
  #stopped = false;
  #workers = [];
  #inFlight = new Set();

  /** `prefix`: of the labels, which are the clients' own request ids. */
  constructor(random, { secret, revoked }, prefix = 'faults') {
    this.random = random;
    this.prefix = prefix;
    this.state = { secret, revoked, customers: [], invoices: [], drafts: [] };
  }

  /** Closed loop: 16 at a time, the next one as soon as one is answered. */
  start(url, inFlight = IN_FLIGHT) {
    this.connect(url, inFlight);
    this.#workers = Array.from({ length: inFlight }, () => this.#work());
  }

  /** Open loop: so many a second, whether or not the earlier ones were answered. A request is late from the moment at which it was due. */
  startAt(url, perSecond) {
    this.connect(url, Infinity);
    this.#workers = [this.#pace(perSecond)];
  }

  /** Sends nothing new. What is in flight stays: cutting it here would be a client that left, which has a record of its own kind. */
  pause() {
    this.#url = null;
  }

  connect(url, inFlight = IN_FLIGHT) {
    this.#agent?.destroy();
    this.#agent = new Agent({ keepAlive: true, maxSockets: inFlight });
    this.#url = url;
  }

  /** Resolves when nothing is in flight. */
  async stop() {
    this.#stopped = true;
    await Promise.all(this.#workers);
    await Promise.all(this.#inFlight);
    this.#agent?.destroy();
  }

  async #work() {
    while (!this.#stopped) {
      if (this.#url === null) await delay(5);
      else await this.#send();
    }
  }

  async #pace(perSecond) {
    const startedAt = performance.now();
    for (let sent = 0; !this.#stopped; await delay(2)) {
      for (; sent < ((performance.now() - startedAt) / 1_000) * perSecond; sent += 1) {
        if (this.#url === null) continue;
        const work = this.#send(startedAt + (sent / perSecond) * 1_000).finally(() => this.#inFlight.delete(work));
        this.#inFlight.add(work);
      }
    }
  }

  #next(label) {
    for (;;) {
      const kind = this.random.pick(mix);
      const made = kinds[kind](this.state, this.random, label);
      if (made) return { kind, ...made };
    }
  }

  async #send(due = performance.now()) {
    const label = `${this.prefix}-${this.attempts.length}`;
    const { kind, method, path, headers, body, target = null } = this.#next(label);
    const address = this.random.below(ADDRESSES);
    const attempt = newAttempt({ label, kind, method, path: path.split('?')[0], target, due });
    this.attempts.push(attempt);
    const options = {
      method,
      agent: this.#agent,
      headers: {
        ...headers,
        'user-agent': 'faults',
        'x-request-id': label,
        'x-forwarded-for': `198.18.${address >> 8}.${address & 255}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
    };
    this.open += 1;
    const text = await this.#exchange(new URL(this.#url + path), options, body, attempt);
    this.open -= 1;
    if (text === null) return;
    if (attempt.status === 201) this.#learn(kind, JSON.parse(text).id);
    if (attempt.status >= 500) Object.assign(attempt, problemOf(text));
  }

  /** Resolves with the body, or null when it did not arrive whole. Never tries again: one attempt is one request on the wire, or none. */
  #exchange(url, options, body, attempt) {
    return new Promise((resolve) => {
      const outgoing = request(url, options, (answer) => {
        attempt.id = uuidOf(answer.headers['request-id']);
        attempt.status = answer.statusCode;
        attempt.retryAfter = answer.headers['retry-after'] ?? null;
        attempt.answeredAt = performance.now();
        this.answered += 1;
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        answer.on('end', () => resolve(text)).on('error', () => resolve(null));
      });
      outgoing.setTimeout(GIVE_UP_MS, () => outgoing.destroy());
      outgoing.on('error', ({ code }) => {
        attempt.error = code;
        // No connection: the request was never on its way.
        if (code === 'ECONNREFUSED') attempt.sent = false;
        resolve(null);
      });
      outgoing.end(body);
    });
  }

  #learn(kind, id) {
    if (kind === 'createCustomer') this.state.customers.push(id);
    if (kind === 'createInvoice') this.state.invoices.push(id) && this.state.drafts.push(id);
  }
}

export const newAttempt = (given) => ({
  ...given,
  id: null,
  status: null,
  code: null,
  detail: null,
  retryAfter: null,
  answeredAt: null,
  /** Why there was no answer. */
  error: null,
  sent: true,
});

/** What an answer of 500 and above says of itself. */
export function problemOf(text) {
  try {
    const { code = null, detail = null } = JSON.parse(text);
    return { code, detail };
  } catch {
    return {};
  }
}

/** Of the answers between two moments, from the time at which each was due: `share` 0.99 is the p99. Null without answers. */
export function latency(attempts, share, [from, to] = [0, Infinity]) {
  const times = attempts.filter(({ due, answeredAt }) => answeredAt !== null && due >= from && due < to);
  const sorted = times.map(({ due, answeredAt }) => answeredAt - due).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
