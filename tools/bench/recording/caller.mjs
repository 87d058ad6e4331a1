// Calls one service over kept connections and times each answer. Raw sockets: a client that costs as much as the service would hide what the
// service costs. `closed`: the next request follows the answer. `open`: so many a second, whether or not the answers keep up.
import { connect } from 'node:net';

const head = Buffer.from('\r\n\r\n');

export function requestBytes({ method, path, body }) {
  const length = body === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  const agent = 'User-Agent: PineBill-Node/2.4.1 (linux; x64) node/20.20.2\r\n';
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${agent}${length}Connection: keep-alive\r\n\r\n${body ?? ''}`);
}

/** One connection, one answer at a time. */
class Connection {
  constructor(port, onAnswer) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.busy = false;
    this.missing = 0;
    this.seen = null;
    this.socket.on('data', (chunk) => this.read(chunk, onAnswer));
    this.ready = new Promise((ok, fail) => this.socket.once('connect', ok).once('error', fail));
  }

  send(bytes) {
    this.busy = true;
    this.sentAt = performance.now();
    this.socket.write(bytes);
  }

  read(chunk, onAnswer) {
    const bytes = this.seen ? Buffer.concat([this.seen, chunk]) : chunk;
    const end = bytes.indexOf(head);
    const length = end < 0 ? 0 : Number(/content-length: (\d+)/i.exec(bytes.latin1Slice(0, end))[1]);
    if (end < 0 || bytes.length < end + 4 + length) return void (this.seen = bytes);
    this.seen = null;
    this.busy = false;
    onAnswer(this, performance.now(), bytes.latin1Slice(9, 12));
  }
}

async function openAll(port, count, onAnswer) {
  const connections = Array.from({ length: count }, () => new Connection(port, onAnswer));
  await Promise.all(connections.map(({ ready }) => ready));
  return connections;
}

const wait = (ms) => new Promise((ok) => setTimeout(ok, ms));

function summary(times, seconds, refused) {
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return { perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99), refused };
}

/** As fast as it goes: times in ms. */
export async function closedLoop(port, bytes, { seconds, connections }) {
  const times = [];
  let refused = 0;
  let over = false;
  const all = await openAll(port, connections, (connection, now, status) => {
    if (over) return;
    times.push(now - connection.sentAt);
    if (status[0] !== '2') refused += 1;
    connection.send(bytes);
  });
  for (const connection of all) connection.send(bytes);
  await wait(seconds * 1_000);
  over = true;
  for (const { socket } of all) socket.destroy();
  return summary(times, seconds, refused);
}

/** At a rate; a request whose turn comes while all connections are busy counts from its turn. */
export async function openLoop(port, bytes, { seconds, connections, rate }) {
  const times = [];
  const waiting = [];
  let refused = 0;
  const all = await openAll(port, connections, (connection, now, status) => {
    times.push(now - connection.dueAt);
    if (status[0] !== '2') refused += 1;
    if (waiting.length > 0) start(connection, waiting.shift());
  });
  const start = (connection, dueAt) => {
    connection.dueAt = dueAt;
    connection.send(bytes);
  };
  const begun = performance.now();
  for (let sent = 0; performance.now() - begun < seconds * 1_000;) {
    for (const due = ((performance.now() - begun) / 1_000) * rate; sent < due; sent += 1) {
      const free = all.find(({ busy }) => !busy);
      if (free) start(free, performance.now());
      else waiting.push(performance.now());
    }
    await wait(1);
  }
  await wait(200);
  for (const { socket } of all) socket.destroy();
  return summary(times, seconds, refused);
}
