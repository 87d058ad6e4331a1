/** Many connections at once, each doing something else at a random moment: no record is missing, none is doubled, none carries another's. */
import fc from 'fast-check';
import type { AuditRecord } from './audit.types';
import { adapters, startEdgeApp, type EdgeApp } from './testing/edge-app';
import { exchangeRaw, get, leave } from './testing/raw-http';

const step = fc.record({
  kind: fc.constantFrom('one', 'pipelined', 'slow', 'stream', 'refused', 'leaves', 'malformed after'),
  afterMs: fc.integer({ min: 0, max: 90 }),
  identifySlowly: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Sends one step; returns the names under which its requests must be found, and whether each must have been answered. */
async function run(
  port: number,
  { kind, afterMs, identifySlowly }: Step,
  name: string,
): Promise<{ answered: string[]; perhaps: string[] }> {
  const headers = `User-Agent: ${name}\r\n${identifySlowly ? 'X-Identify: slow\r\n' : ''}`;
  const [first, second] = [get(`/v1/items/${name}`, headers), get(`/v1/items/${name}b`, `User-Agent: ${name}b\r\n`)];
  switch (kind) {
    case 'pipelined':
      expect(await exchangeRaw(port, first + second, { answers: 2 })).toHaveLength(2);
      return { answered: [name, `${name}b`], perhaps: [] };
    case 'slow':
    case 'stream':
      expect(await exchangeRaw(port, get(`/v1/${kind}`, headers), { answers: 1 })).toHaveLength(1);
      return { answered: [name], perhaps: [] };
    case 'refused':
      expect(await exchangeRaw(port, get('/v1/items', `${headers}X-Refuse: 401\r\n`), { answers: 1 })).toMatchObject([{ status: 401 }]);
      return { answered: [name], perhaps: [] };
    case 'leaves':
      await leave(port, get(afterMs % 2 ? '/v1/slow' : '/v1/stream', headers), { afterMs });
      return { answered: [], perhaps: [name] };
    case 'malformed after':
      expect(await exchangeRaw(port, `${first}nonsense\r\n\r\n`)).toMatchObject([{ status: 200 }, { status: 400 }]);
      return { answered: [name], perhaps: [] };
    case 'one':
      expect(await exchangeRaw(port, first, { answers: 1 })).toMatchObject([{ status: 200, body: JSON.stringify({ id: name }) }]);
      return { answered: [name], perhaps: [] };
  }
}

function byUserAgent(records: readonly AuditRecord[]): Map<string | null, AuditRecord[]> {
  const by = new Map<string | null, AuditRecord[]>();
  for (const record of records) by.set(record.userAgent, [...(by.get(record.userAgent) ?? []), record]);
  return by;
}

describe.each(adapters)('many clients at once, on %s', (adapter) => {
  let edge: EdgeApp;
  beforeAll(async () => {
    edge = await startEdgeApp(adapter);
  });
  afterAll(() => edge.close());

  it('leave one record each', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 60 }), async (steps) => {
        const sent = await Promise.all(steps.map((each, at) => run(edge.port, each, `n${at}`)));
        const answered = sent.flatMap((each) => each.answered);
        const malformed = steps.filter(({ kind }) => kind === 'malformed after').length;
        const records = await edge.settled(answered.length + malformed);
        const by = byUserAgent(records);

        for (const name of answered) expect(by.get(name)).toMatchObject([{ outcome: 'completed' }]);
        // The operating system may have dropped what a client sent before it left.
        for (const name of sent.flatMap((each) => each.perhaps)) expect((by.get(name) ?? []).length).toBeLessThanOrEqual(1);
        expect((by.get(null) ?? []).map(({ outcome }) => outcome)).toEqual(Array.from({ length: malformed }, () => 'protocolError'));
        const items = records.filter(({ path }) => path?.startsWith('/v1/items/'));
        expect(items.map(({ path }) => path)).toEqual(items.map(({ userAgent }) => `/v1/items/${String(userAgent)}`));
        expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
      }),
      { numRuns: 6 },
    );
  });
});
