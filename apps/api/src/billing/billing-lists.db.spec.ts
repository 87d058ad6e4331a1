import { startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
/** In the order of their creation. */
const ids: string[] = [];
beforeAll(async () => {
  t = await startTestApp(__filename);
  for (let n = 0; n < 7; n++) {
    ids.push(
      (
        await t.call('/v1/customers', {
          as: 'member',
          body: { name: `C${n}`, email: n % 2 === 0 ? 'Even@acme.example' : 'odd@acme.example' },
        })
      ).json.id,
    );
  }
});
afterAll(() => t.close());

const list = (query: string) => t.call(`/v1/customers?${query}`, { as: 'member' });
async function everyPage(query: string, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const { json } = await list(`${query}&limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`);
    pages.push((json.data as { id: string }[]).map(({ id }) => id));
    cursor = json.nextCursor as string | null;
  } while (cursor !== null);
  return pages;
}

describe('the list of customers', () => {
  it.each([1, 2, 3, 6, 7, 8])('neither loses nor repeats one over pages of %i, newest first', async (limit) => {
    const pages = await everyPage('order=desc', limit);
    expect(pages.flat()).toEqual([...ids].reverse());
    expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
  });

  it('runs oldest first with order=asc', async () => {
    expect((await everyPage('order=asc', 3)).flat()).toEqual(ids);
  });

  it('is newest first and whole by default', async () => {
    const { json } = await list('');
    expect((json.data as { id: string }[]).map(({ id }) => id)).toEqual([...ids].reverse());
    expect(json.nextCursor).toBeNull();
  });

  it('neither loses nor repeats one while others are added', async () => {
    const first = (await list('limit=3&order=asc')).json;
    const { id } = (await t.call('/v1/customers', { as: 'member', body: { name: 'late', email: 'late@acme.example' } })).json;
    const rest = (await list(`limit=200&order=asc&cursor=${first.nextCursor}`)).json;
    expect([...first.data, ...rest.data].map((one) => one.id)).toEqual([...ids, id]);
    await t.call(`/v1/customers/${id}`, { as: 'member', method: 'DELETE' });
  });

  it('is filtered by address, in upper or lower case', async () => {
    expect((await everyPage('email=EVEN%40acme.example', 2)).flat()).toEqual([ids[6], ids[4], ids[2], ids[0]]);
  });

  it('refuses a cursor of another order, filter or list', async () => {
    const { nextCursor } = (await list('limit=2')).json;
    for (const path of [
      `customers?order=asc&cursor=${nextCursor}`,
      `customers?email=x&cursor=${nextCursor}`,
      `invoices?cursor=${nextCursor}`,
      'customers?cursor=x',
    ]) {
      const answer = await t.call(`/v1/${path}`, { as: 'member' });
      expect([answer.status, answer.json.code]).toEqual([400, 'invalid_cursor']);
    }
    expect((await list(`limit=5&cursor=${nextCursor}`)).status).toBe(200);
  });

  it('refuses a cursor of another organization', async () => {
    const { nextCursor } = (await list('limit=2')).json;
    expect((await t.call(`/v1/customers?cursor=${nextCursor}`, { as: 'stranger' })).json.code).toBe('invalid_cursor');
  });

  it('shows another organization none of them', async () => {
    expect((await t.call('/v1/customers', { as: 'stranger' })).json).toEqual({ data: [], nextCursor: null });
    for (const id of ids) expect((await t.call(`/v1/customers/${id}`, { as: 'stranger' })).status).toBe(404);
  });

  it.each([
    ['limit=0', 'invalid_field'],
    ['email=%00', 'invalid_field'],
    ['limit=201', 'invalid_field'],
    ['order=up', 'invalid_field'],
    ['email=a&email=b', 'invalid_field'],
    ['name=x', 'unknown_parameter'],
    ['Limit=5', 'unknown_parameter'],
  ])('refuses ?%s with %s', async (query, code) => {
    const answer = await list(query);
    expect([answer.status, answer.json.code]).toEqual([400, code]);
  });
});

describe('the list of invoices', () => {
  it('is filtered by state and customer', async () => {
    const make = async (customerId: string): Promise<string> =>
      (
        await t.call('/v1/invoices', {
          as: 'member',
          body: { customerId, currency: 'EUR', lines: [{ description: 'x', quantity: 1, unitAmount: 1 }] },
        })
      ).json.id;
    const [draft, open, other] = [await make(ids[0]!), await make(ids[0]!), await make(ids[1]!)];
    await t.call(`/v1/invoices/${open}/finalize`, { as: 'member', method: 'POST' });
    const found = async (query: string) =>
      ((await t.call(`/v1/invoices?order=asc&${query}`, { as: 'member' })).json.data as { id: string }[]).map(({ id }) => id);
    expect(await found('state=draft')).toEqual([draft, other]);
    expect(await found('state=open,draft')).toEqual([draft, open, other]);
    expect(await found(`customerId=${ids[0]}&state=open`)).toEqual([open]);
    expect((await t.call('/v1/invoices?state=lost', { as: 'member' })).json.issues).toMatchObject([{ pointer: '?state', rule: 'choice' }]);
    expect((await t.call('/v1/invoices?customerId=cus_x', { as: 'member' })).json.issues).toMatchObject([{ pointer: '?customerId' }]);
  });
});

it('an operation without parameters refuses any', async () => {
  for (const path of [`/v1/customers/${ids[0]}?expand=x`, '/v1/reference/status-codes?x=1']) {
    expect((await t.call(path, { as: 'member' })).json.code).toBe('unknown_parameter');
  }
});
