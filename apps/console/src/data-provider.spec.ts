import { call, createDataProvider } from './data-provider';

type Answer = { status?: number; body?: unknown; text?: string; breaksOff?: boolean };
const requests: { method: string; url: string; body: unknown }[] = [];
let answers: Answer[] = [];

beforeEach(() => {
  requests.length = 0;
  answers = [];
  globalThis.fetch = ((url: string, init: RequestInit) => {
    requests.push({
      method: init.method ?? 'GET',
      url,
      body: typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined,
    });
    const { status = 200, body, text, breaksOff = false } = answers.shift() ?? {};
    return Promise.resolve({
      ok: status < 400,
      status,
      statusText: `status ${status}`,
      text: () => Promise.resolve(text ?? (body === undefined ? '' : JSON.stringify(body))),
      blob: () => (breaksOff ? Promise.reject(new TypeError('network error')) : Promise.resolve(new Blob([text ?? '']))),
    });
  }) as unknown as typeof fetch;
});

const page = (number: number) => ({
  pagination: { page: number, perPage: 2 },
  sort: { field: 'startedAt', order: 'DESC' as const },
  filter: { status: ['4xx', '!404'] },
});

describe('lists', () => {
  it('turn cursors into pages and say whether there are more', async () => {
    const provider = createDataProvider();
    answers = [{ body: { data: [{ id: 'a' }, { id: 'b' }], nextCursor: 'c1' } }, { body: { data: [{ id: 'c' }], nextCursor: null } }];
    expect(await provider.getList('audit-logs', page(1))).toEqual({
      data: [{ id: 'a' }, { id: 'b' }],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    expect(await provider.getList('audit-logs', page(2))).toEqual({
      data: [{ id: 'c' }],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
    expect(requests.map(({ url }) => decodeURIComponent(url))).toEqual([
      '/v1/audit-logs?status=4xx&status=!404&limit=2&order=desc',
      '/v1/audit-logs?status=4xx&status=!404&limit=2&order=desc&cursor=c1',
    ]);
  });

  it('reach a page whose cursor is not known through the pages before it', async () => {
    answers = [
      { body: { data: [{ id: 'a' }], nextCursor: 'c1' } },
      { body: { data: [{ id: 'b' }], nextCursor: 'c2' } },
      { body: { data: [{ id: 'c' }], nextCursor: null } },
    ];
    const { data } = await createDataProvider().getList('audit-logs', page(3));
    expect(data).toEqual([{ id: 'c' }]);
    expect(requests).toHaveLength(3);
  });

  it('end without asking beyond the last page', async () => {
    answers = [{ body: { data: [{ id: 'a' }], nextCursor: null } }];
    expect(await createDataProvider().getList('audit-logs', page(2))).toEqual({
      data: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
    expect(requests).toHaveLength(1);
  });

  it('keep the cursors of different filters and orders apart', async () => {
    const provider = createDataProvider();
    answers = [
      { body: { data: [], nextCursor: 'c1' } },
      { body: { data: [], nextCursor: 'x1' } },
      { body: { data: [], nextCursor: null } },
    ];
    await provider.getList('audit-logs', page(1));
    await provider.getList('audit-logs', { ...page(2), sort: { field: 'startedAt', order: 'ASC' } });
    expect(requests.map(({ url }) => new URLSearchParams(url.split('?')[1]).get('cursor'))).toEqual([null, null, 'x1']);
  });
});

describe('refusals', () => {
  it('carry the problem document as it came', async () => {
    const problem = {
      title: 'A field of the request is not valid',
      status: 400,
      code: 'invalid_field',
      detail: 'Name is missing.',
      requestId: 'req_1',
      issues: [{ pointer: '/name', rule: 'length', expected: '1 to 80 characters' }],
    };
    answers = [{ status: 400, body: problem }];
    await expect(createDataProvider().create('api-keys', { data: {} })).rejects.toMatchObject({
      status: 400,
      message: 'Name is missing.',
      body: problem,
    });
  });

  it('of something that is no problem document still say the status', async () => {
    answers = [{ status: 502, text: '<html>Bad gateway</html>' }];
    await expect(call('GET', '/v1/plan')).rejects.toMatchObject({ status: 502, body: { title: 'status 502', status: 502 } });
  });

  it('by nobody at all say that the server cannot be reached', async () => {
    globalThis.fetch = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(call('GET', '/v1/plan')).rejects.toMatchObject({ status: 0, body: { code: 'unreachable' } });
  });
});

it('an empty answer is no error', async () => {
  answers = [{ status: 204 }];
  await expect(createDataProvider().delete('members', { id: 'mem_1', previousData: { id: 'mem_1' } })).resolves.toEqual({
    data: { id: 'mem_1' },
  });
  expect(requests).toEqual([{ method: 'DELETE', url: '/v1/members/mem_1', body: undefined }]);
});

it('revokes with a reason', async () => {
  answers = [{ body: { revokedAt: 'x', effectiveAt: null, lastAcceptedAt: null, processes: [] } }];
  await createDataProvider().revokeKey('key_1', 'leaked');
  expect(requests).toEqual([{ method: 'POST', url: '/v1/api-keys/key_1/revoke', body: { reason: 'leaked' } }]);
});

it('a list as a file is all of it, or an error', async () => {
  const provider = createDataProvider();
  answers = [{ text: 'id\r\n' }, { breaksOff: true }, { status: 400, body: { title: 'Too many', status: 400, code: 'too_many_rows' } }];
  expect((await provider.downloadLogs({ status: ['4xx', '!404'], format: 'csv' })).size).toBe(4);
  expect(decodeURIComponent(requests[0]!.url)).toBe('/v1/audit-logs?status=4xx&status=!404&format=csv');
  await expect(provider.downloadLogs({ format: 'jsonl' })).rejects.toMatchObject({ body: { title: 'The download broke off' } });
  await expect(provider.downloadLogs({ format: 'jsonl' })).rejects.toMatchObject({ status: 400, body: { code: 'too_many_rows' } });
});
