// A client in a process of its own: so many requests a second, whatever becomes of them, over connections that are kept. Ends when it has been
// refused a connection a few times, or after so many seconds, and writes what it saw to standard output, as JSON. Says on standard error how
// many answers it has, a line for each hundred.
//   node steady-client.mjs <url> <secret> <requests a second> <seconds> <label>
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const [url, secret, perSecond, seconds, name] = process.argv.slice(2);
const TICK_MS = 10;
const CONNECTIONS = 60;
const REFUSALS = 20;
/** Far beyond what is promised: who waits so long has been forgotten. */
const GIVE_UP_MS = 40_000;

// The connection that has rested longest comes next: all of them are in use all the time.
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, scheduling: 'fifo' });
const attempts = [];
let refused = 0;
let answered = 0;

const kinds = [
  () => ({ method: 'GET', path: '/v1/invoices?limit=5' }),
  (label) => ({ method: 'POST', path: '/v1/customers', body: JSON.stringify({ name: label, email: 'steady@acme.example' }) }),
  () => ({ method: 'GET', path: '/v1/invoices/inv_01jdw2gm3xe4pt6x0rbf6n2k9c' }),
  () => ({ method: 'GET', path: '/v1/nowhere' }),
];

/** `end`: `answered` with the whole of an answer, `refused` a connection, or the code of the error with which the connection broke. */
function send() {
  // Long enough to be taken for a request id.
  const label = `${name}-${String(attempts.length).padStart(6, '0')}`;
  const { method, path, body } = kinds[attempts.length % kinds.length](label);
  const sentAt = performance.now();
  const attempt = { label, method, end: null, status: null, id: null, closes: false, retryAfter: null, detail: null, milliseconds: 0 };
  attempts.push(attempt);
  const finish = (end) => {
    attempt.end ??= end;
    attempt.milliseconds = Math.round(performance.now() - sentAt);
  };
  const headers = {
    authorization: `Bearer ${secret}`,
    'x-request-id': label,
    'user-agent': 'steady',
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  const outgoing = request(url + path, { method, agent, headers }, (answer) => {
    const { 'request-id': id = null, connection, 'retry-after': retryAfter = null } = answer.headers;
    Object.assign(attempt, { status: answer.statusCode, id, closes: connection === 'close', retryAfter });
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    answer.on('error', ({ code }) => finish(code ?? 'broken'));
    answer.on('end', () => {
      if (answer.statusCode === 503) attempt.detail = JSON.parse(text).detail;
      finish(answer.complete ? 'answered' : 'broken');
      answered += 1;
      if (answered % 100 === 0) process.stderr.write(`${answered}\n`);
    });
  });
  outgoing.setTimeout(GIVE_UP_MS, () => outgoing.destroy(Object.assign(new Error('given up'), { code: 'givenUp' })));
  outgoing.on('error', ({ code }) => {
    if (code === 'ECONNREFUSED') refused += 1;
    finish(code === 'ECONNREFUSED' ? 'refused' : (code ?? 'broken'));
  });
  outgoing.end(body);
}

const begun = performance.now();
for (let due = 0; refused < REFUSALS && performance.now() - begun < Number(seconds) * 1_000; await delay(TICK_MS)) {
  due = ((performance.now() - begun) / 1_000) * Number(perSecond);
  while (attempts.length < due) send();
}
while (attempts.some(({ end }) => end === null)) await delay(TICK_MS);
agent.destroy();
process.stdout.write(JSON.stringify(attempts));
