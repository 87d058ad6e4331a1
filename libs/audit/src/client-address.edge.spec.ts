/** Forged addresses over real HTTP, each form as it goes over the wire: what is recorded is the other end of the socket, or what a trusted proxy saw. */
import { forgedAddresses } from '@pinebill/testing';
import { startEdgeApp } from './testing/edge-app';
import { exchangeRaw, get } from './testing/raw-http';

/** Raw bytes go out as latin1. */
const bytes = (text: string): string => Buffer.from(text).toString('latin1');

/** One connection; `added` is the line of a proxy, which comes last. */
async function recorded(
  trustedProxies: readonly string[],
  added: string,
): Promise<{ ip: (string | null)[]; peer: (string | null)[]; statuses: number[] }> {
  const edge = await startEdgeApp('fastify', { trustedProxies });
  try {
    const requests = forgedAddresses.map((lines) => get('/v1/items', `${lines.map((line) => `${bytes(line)}\r\n`).join('')}${added}`));
    const answers = await exchangeRaw(edge.port, requests.join(''), { answers: requests.length });
    const records = await edge.settled(requests.length);
    expect(records.length).toBe(requests.length);
    const distinct = <T>(values: T[]): T[] => [...new Set(values)];
    return {
      ip: distinct(records.map(({ ip }) => ip)),
      peer: distinct(records.map(({ peerIp }) => peerIp)),
      statuses: distinct(answers.map(({ status }) => status)),
    };
  } finally {
    await edge.close();
  }
}

it('without a trusted proxy no header changes the address', async () => {
  expect(forgedAddresses.length).toBeGreaterThan(90);
  expect(await recorded([], '')).toEqual({ ip: ['127.0.0.1'], peer: ['127.0.0.1'], statuses: [200] });
  expect(await recorded(['10.0.0.0/8', '203.0.113.0/24'], '')).toEqual({ ip: ['127.0.0.1'], peer: ['127.0.0.1'], statuses: [200] });
});

it('behind a trusted proxy only what it adds counts', async () => {
  const seen = await recorded(['127.0.0.0/8'], 'X-Forwarded-For: 198.51.100.7\r\n');
  expect(seen).toEqual({ ip: ['198.51.100.7'], peer: ['127.0.0.1'], statuses: [200] });
});
