/**
 * The attack of a fire drill: a few dozen real requests through our own server, with a key that exists for nothing else. It reads as an intruder would, and is
 * refused what an intruder tries next. Whatever would change something is about ids that nobody has, in case a refusal should fail.
 */
import { Agent, request } from 'node:http';
import { newId, parseId, typeId } from '../../platform/ids';

export type DrillRole = 'service' | 'intruder';
export type DrillCall = { role: DrillRole; method: string; path: string; body?: object };
/** `recordId`: the uuid of its record in the log. */
export type DrillAnswer = { role: DrillRole; status: number; recordId: string };

/** Says what it is, to whoever comes across it in the log. Two programs, so that the list of services tells them apart. */
export const agents = {
  service: 'FireDrill-Service/1.0 (PineBill fire drill, no real program)',
  intruder: 'FireDrill-Intruder/1.0 (PineBill fire drill, no real attack)',
} as const satisfies Record<DrillRole, string>;

/** The whole of 127.0.0.0/8 is this machine, where the system lets it be; elsewhere both come from one address. */
const sources = { service: '127.0.0.1', intruder: '127.66.66.66' } as const satisfies Record<DrillRole, string>;

const AT_ONCE = 4;
const ANSWER_MS = 2_000;
const ALL_MS = 10_000;

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const ofService = (): DrillCall[] => [
  ...times(4, () => ({ role: 'service' as const, method: 'GET', path: '/v1/invoices?limit=20' })),
  ...times(4, () => ({ role: 'service' as const, method: 'GET', path: '/v1/customers?limit=20' })),
];

/** What a service does on an ordinary day, and then what somebody does who has found its key. */
export function drillCalls(): DrillCall[] {
  const intruder = (method: string, path: string, body?: object): DrillCall => ({ role: 'intruder', method, path, ...(body && { body }) });
  return [
    ...ofService(),
    ...times(7, () => intruder('GET', '/v1/customers?limit=50')),
    ...times(7, () => intruder('GET', '/v1/invoices?limit=50')),
    ...times(3, () => intruder('GET', `/v1/invoices/${typeId('inv', newId())}`)),
    ...times(2, () => intruder('GET', '/v1/audit-logs?limit=1')),
    intruder('GET', '/v2/customers'),
    ...times(3, () => intruder('POST', '/v1/customers', { drill: true })),
    ...times(3, () => intruder('DELETE', `/v1/invoices/${typeId('inv', newId())}`)),
  ];
}

/** The service of the drill with its new key: it moves as soon as there is one. */
export const serviceCalls = (): DrillCall[] => ofService().slice(3, 5);

/** In their order, a few at a time. What is not answered in time is left out: a drill must not hang. */
export async function playDrill(url: string, { secret, calls }: { secret: string; calls: readonly DrillCall[] }): Promise<DrillAnswer[]> {
  const answers: DrillAnswer[] = [];
  const until = performance.now() + ALL_MS;
  const connections = new Map(Object.keys(sources).map((role) => [role, new Agent({ keepAlive: true, maxSockets: AT_ONCE })]));
  const waiting = [...calls];
  const playOne = async (): Promise<void> => {
    for (let call = waiting.shift(); call && performance.now() < until; call = waiting.shift()) {
      const agent = connections.get(call.role);
      const answer = (await send(url, { call, secret, agent, from: sources[call.role] })) ?? (await send(url, { call, secret }));
      if (answer) answers.push(answer);
    }
  };
  try {
    await Promise.all(times(AT_ONCE, playOne));
  } finally {
    for (const agent of connections.values()) agent.destroy();
  }
  return answers;
}

type Sending = { call: DrillCall; secret: string; agent?: Agent | undefined; from?: string };

/** Null: no answer, also because the system has no such address to send from. */
function send(url: string, { call: { role, method, path, body }, secret, agent, from }: Sending): Promise<DrillAnswer | null> {
  const content = body === undefined ? null : JSON.stringify(body);
  const headers = {
    ...{ 'user-agent': agents[role], authorization: `Bearer ${secret}`, accept: 'application/json' },
    ...(content === null ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(content)) }),
  };
  return new Promise((resolve) => {
    const options = {
      method,
      headers,
      timeout: ANSWER_MS,
      ...(agent ? { agent } : {}),
      ...(from === undefined ? {} : { localAddress: from }),
    };
    const sent = request(new URL(path, url), options, (response) => {
      response.resume();
      response.on('error', () => resolve(null));
      response.on('end', () => {
        const recordId = parseId('req', String(response.headers['request-id'] ?? ''));
        resolve(recordId === null ? null : { role, status: response.statusCode ?? 0, recordId });
      });
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(null));
    sent.end(content ?? undefined);
  });
}
