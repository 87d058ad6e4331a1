// Offers many times more than can be served, at a fixed rate, over plain sockets: a client library would be slower than what it floods.
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { newAttempt, problemOf } from './client.mjs';
import { kinds, uuidOf } from './requests.mjs';

/** More than a server should ever take; below the number of ports. */
const CONNECTIONS = 8_000;
/** Few enough for each to be told apart (10,000 a minute are), many enough for none to reach the bound of anonymous refusals. */
const ADDRESSES = 4_096;
const GIVE_UP_MS = 60_000;
/** Those that need nothing of earlier answers. */
const mix = ['listInvoices', 'listCustomers', 'unknownInvoice', 'createCustomer', 'createCustomer', 'noKey', 'wrongKey', 'revokedKey', 'unknownRoute', 'malformedJson']; // prettier-ignore

export class Flood {
  attempts = [];
  /** Due, and not sent because every connection was waiting for an answer: this client's own bound. */
  withheld = 0;
  #idle = [];
  #connections = new Set();

  constructor(random, keys, prefix) {
    Object.assign(this, { random, prefix, state: { ...keys, customers: [], invoices: [], drafts: [] } });
  }

  /** Resolves when the time is over: nothing new is sent, and what was sent may still be answered. */
  async run(url, perSecond, forSeconds) {
    this.url = new URL(url);
    const startedAt = performance.now();
    const total = perSecond * forSeconds;
    for (let due = 0; due < total; await delay(1)) {
      const until = Math.min(total, ((performance.now() - startedAt) / 1_000) * perSecond);
      for (; due < until; due += 1) this.#offer(startedAt + (due / perSecond) * 1_000);
    }
  }

  /** Resolves when every request was answered or given up. */
  async stop() {
    for (let waited = 0; this.#idle.length < this.#connections.size && waited < GIVE_UP_MS; waited += 20) await delay(20);
    for (const connection of this.#connections) connection.socket.destroy();
  }

  #offer(due) {
    const connection = this.#idle.pop() ?? (this.#connections.size < CONNECTIONS ? this.#connect() : null);
    if (!connection) this.withheld += 1;
    else this.#send(connection, due);
  }

  #connect() {
    const socket = connect({ host: this.url.hostname, port: Number(this.url.port), noDelay: true });
    const connection = { socket, attempt: null, answer: '' };
    this.#connections.add(connection);
    socket.setEncoding('latin1').setTimeout(GIVE_UP_MS, () => socket.destroy());
    socket.on('data', (text) => this.#receive(connection, text));
    socket.on('error', ({ code }) => {
      if (connection.attempt) connection.attempt.error = code;
      if (code === 'ECONNREFUSED' && connection.attempt) connection.attempt.sent = false;
    });
    socket.on('close', () => {
      this.#connections.delete(connection);
      if (connection.attempt) connection.attempt.error ??= 'closed';
      const at = this.#idle.indexOf(connection);
      if (at !== -1) this.#idle.splice(at, 1);
    });
    return connection;
  }

  #send(connection, due) {
    const label = `${this.prefix}-${this.attempts.length}`;
    const kind = this.random.pick(mix);
    const { method, path, headers, body = '' } = kinds[kind](this.state, this.random, label);
    const address = this.random.below(ADDRESSES);
    const attempt = newAttempt({ label, kind, method, path: path.split('?')[0], target: null, due });
    this.attempts.push(attempt);
    connection.attempt = attempt;
    const content = body === '' ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    const key = headers.authorization ? `authorization: ${headers.authorization}\r\n` : '';
    connection.socket.write(
      `${method} ${path} HTTP/1.1\r\nhost: flood\r\nuser-agent: faults\r\nx-request-id: ${label}\r\nx-forwarded-for: 198.18.${address >> 8}.${address & 255}\r\n${key}${content}\r\n${body}`,
    );
  }

  /** Every answer of the product says how long it is. */
  #receive(connection, text) {
    const answer = (connection.answer += text);
    const end = answer.indexOf('\r\n\r\n');
    if (end === -1 || !connection.attempt) return;
    const head = answer.slice(0, end);
    const { attempt } = connection;
    if (attempt.id === null) Object.assign(attempt, readHead(head), { answeredAt: performance.now() });
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (answer.length < end + 4 + length) return;
    if (attempt.status >= 500) Object.assign(attempt, problemOf(answer.slice(end + 4)));
    connection.attempt = null;
    connection.answer = '';
    if (/\r\nconnection: close/i.test(head)) connection.socket.destroy();
    else this.#idle.push(connection);
  }
}

function readHead(head) {
  const requestId = /\r\nrequest-id: (req_\w+)/i.exec(head)?.[1];
  return {
    status: Number(head.slice(9, 12)),
    id: requestId === undefined ? null : uuidOf(requestId),
    retryAfter: /\r\nretry-after: (\d+)/i.exec(head)?.[1] ?? null,
  };
}
