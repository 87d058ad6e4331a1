import { startTestApp, type Answer, type Call, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

let count = 0;
/** A name of its own for every test, so that it can count what it made. */
const aName = (): string => `Customer ${++count}`;
const create = (name: string, key: string, options: Call = {}): Promise<Answer> =>
  t.call('/v1/customers', { as: 'member', body: { name, email: 'a@acme.example' }, headers: { 'idempotency-key': key }, ...options });
const made = async (name: string): Promise<number> =>
  Number((await t.sql<{ n: string }>('select count(*) as n from customer where name = $1', [name]))[0]!.n);

type Table = 'customer' | 'idempotency';
/** Nobody writes to the table until `work` is done with the requests that wait. */
async function whileLocked(table: Table, work: () => Promise<void>): Promise<void> {
  await t.sql('begin');
  await t.sql(`lock table ${table} in exclusive mode`);
  await work().finally(() => t.sql('commit'));
}
async function waitingBackend(table: Table): Promise<number> {
  for (;;) {
    const [row] = await t.sql<{ pid: number }>('select pid from pg_locks where not granted and relation = $1::regclass', [table]);
    if (row) return row.pid;
  }
}

it('makes one resource of a repeated request, and says that the answer is a replay', async () => {
  const name = aName();
  const first = await create(name, 'once');
  const again = await create(name, 'once');
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.json).toEqual(first.json);
  expect(again.headers.get('location')).toBe(first.headers.get('location'));
  expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([null, 'true']);
  expect(await made(name)).toBe(1);
});

it('takes the members of a body in any order for the same body', async () => {
  const name = aName();
  await create(name, 'order', { body: { name, email: 'a@acme.example' } });
  expect((await create(name, 'order', { body: { email: 'a@acme.example', name } })).headers.get('idempotency-replayed')).toBe('true');
});

it('refuses another body under the same key', async () => {
  await create(aName(), 'reused');
  const name = aName();
  const answer = await create(name, 'reused');
  expect([answer.status, answer.json.code]).toEqual([422, 'idempotency_key_reused']);
  expect(await made(name)).toBe(0);
});

it('keeps keys apart by person and by route', async () => {
  const name = aName();
  const first = await create(name, 'mine');
  const theirs = await create(name, 'mine', { as: 'admin' });
  expect([first.status, theirs.status, theirs.headers.get('idempotency-replayed')]).toEqual([201, 201, null]);
  const body = { customerId: first.json.id, currency: 'EUR', lines: [{ description: 'x', quantity: 1, unitAmount: 1 }] };
  expect((await t.call('/v1/invoices', { as: 'member', body, headers: { 'idempotency-key': 'mine' } })).status).toBe(201);
});

it('makes one resource of many requests at once: the others are in flight or replays', async () => {
  const name = aName();
  const answers = await Promise.all(Array.from({ length: 10 }, () => create(name, 'burst')));
  for (const { status, json } of answers) expect(status === 201 || json.code === 'idempotency_in_flight').toBe(true);
  expect(answers.filter(({ status, headers }) => status === 201 && headers.get('idempotency-replayed') === null)).toHaveLength(1);
  expect(await made(name)).toBe(1);
});

it('answers 409 with Retry-After while the first request is being worked on', async () => {
  const name = aName();
  let first: Promise<Answer> | null = null;
  await whileLocked('customer', async () => {
    first = create(name, 'slow');
    await waitingBackend('customer');
    const second = await create(name, 'slow');
    expect([second.status, second.json.code, second.headers.get('retry-after')]).toEqual([409, 'idempotency_in_flight', '1']);
  });
  expect((await first!).status).toBe(201);
  expect(await made(name)).toBe(1);
});

it.each([
  ['in the middle of the effect', 'customer'],
  ['between the effect and the remembered answer', 'idempotency'],
] as const)('has forgotten a request that was killed %s, together with its effect', async (_, table) => {
  const name = aName();
  const key = `killed at ${table}`.replaceAll(' ', '-');
  await whileLocked(table, async () => {
    const first = create(name, key);
    await t.sql('select pg_terminate_backend($1)', [await waitingBackend(table)]);
    expect((await first).status).toBeGreaterThanOrEqual(500);
  });
  expect(await made(name)).toBe(0);
  expect((await create(name, key)).status).toBe(201);
  expect(await made(name)).toBe(1);
});

it('lets a request that failed be corrected and sent again with its key', async () => {
  const name = aName();
  expect((await create(name, 'corrected', { body: { name, email: 'bad' } })).status).toBe(400);
  expect((await create(name, 'corrected')).status).toBe(201);
});

it('forgets after 24 hours, and cleans up what has expired', async () => {
  const name = aName();
  await create(name, 'old');
  const [kept] = await t.sql<{ seconds: string }>(
    `select extract(epoch from expires_at - created_at) as seconds from idempotency where key = 'old'`,
  );
  expect(Number(kept!.seconds)).toBe(86_400);
  await t.sql(`update idempotency set expires_at = now() - interval '1 second'`);
  const again = await create(name, 'old');
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, null]);
  expect(await made(name)).toBe(2);
  expect(await t.sql('select key from idempotency')).toEqual([{ key: 'old' }]);
});

it.each(['', ' ', 'x'.repeat(256), 'mit Umlaut: ä'])('refuses the key %j', async (key) => {
  const answer = await create(aName(), key);
  expect([answer.status, answer.json.code]).toEqual([400, 'invalid_field']);
});

it('keeps no secret of the body: the request is remembered as a hash', async () => {
  const name = aName();
  await create(name, 'hash');
  const [row] = await t.sql<{ request_hash: Buffer }>(`select request_hash from idempotency where key = 'hash'`);
  expect(row!.request_hash).toHaveLength(32);
});
