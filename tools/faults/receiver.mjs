// Who is told: an HTTP server with a path for each channel. It writes down what comes, checks the signature as a receiver would, and can hold an answer back, so that the
// sender can be killed before it, or right after it.
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';

/** Longer than the product waits. */
const LATE_MS = 11_000;

/** What a receiver that is not always well does with a notification that comes for the first time, of a hundred; the second time it errs rarely, later never. */
const errors = [
  { below: 14, answer: 500 },
  { below: 26, answer: 'cut' },
  { below: 29, answer: 503 },
  { below: 31, answer: 'late' },
];

export class Receiver {
  /** In the order in which they came: `{ channel, id, body, problem, answer, at }`. `answer`: null until it has left. */
  arrivals = [];
  #channels = new Map();
  #waiting = [];
  #held = [];
  #server = createServer((request, answer) => void this.#take(request, answer).catch(() => request.destroy()));

  constructor(random) {
    this.random = random;
  }

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this.#server.address().port;
  }

  /** `manner`: 'steady', 'fickle', or 'dead', which reads and never answers. */
  add(channel, { secret, manner }) {
    this.#channels.set(channel, { manner, webhook: new Webhook(secret) });
  }

  url = (channel) => `http://127.0.0.1:${this.#server.address().port}/hooks/${channel}`;

  of = (channel) => this.arrivals.filter((one) => one.channel === channel);

  /** Calls back when a living channel has read one (`read`: its answer is held back until `release`) or answered it well (`answered`), the first that is not passed over. */
  next(what, passed, callback) {
    const waiting = { what, passed, callback };
    this.#waiting.push(waiting);
    return () => (this.#waiting = this.#waiting.filter((one) => one !== waiting));
  }

  release() {
    for (const go of this.#held.splice(0)) go();
  }

  end() {
    this.release();
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request, answer) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const channel = request.url.split('/').at(-1);
    const { manner, webhook } = this.#channels.get(channel);
    const body = Buffer.concat(chunks).toString('utf8');
    const arrival = {
      channel,
      id: request.headers['webhook-id'],
      body,
      problem: problemOf(webhook, body, request.headers),
      answer: null,
      at: Date.now(),
    };
    const times = this.arrivals.filter(({ id }) => id === arrival.id).length;
    this.arrivals.push(arrival);
    if (manner === 'dead') return;
    if (this.#tell('read')) await new Promise((go) => this.#held.push(go));
    const how = manner === 'fickle' ? this.#error(times) : 200;
    if (how === 'cut') return void request.socket.destroy();
    if (how === 'late') await delay(LATE_MS, undefined, { ref: false });
    const status = how === 'late' ? 200 : how;
    answer.writeHead(status, { connection: 'close', ...(status === 503 && { 'retry-after': '2' }) });
    answer.end('{}', () => {
      // Whether it was read nobody can know here: the sender may have been killed, or have given up.
      arrival.answer = status;
      if (status === 200) this.#tell('answered');
    });
  }

  #error(times) {
    const drawn = this.random.below(100) * (times + 1);
    return times > 1 ? 200 : (errors.find(({ below }) => drawn < below)?.answer ?? 200);
  }

  #tell(what) {
    const index = this.#waiting.findIndex((one) => one.what === what);
    if (index < 0 || (this.#waiting[index].passed -= 1) >= 0) return false;
    this.#waiting.splice(index, 1)[0].callback();
    return true;
  }
}

/** Null: whoever sent it has the secret. */
function problemOf(webhook, body, headers) {
  try {
    webhook.verify(body, headers);
    return null;
  } catch (error) {
    return error.message;
  }
}
