import { startTestApp, type Answer, type Call, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

const call = (path: string, options: Call = {}): Promise<Answer> => t.call(path, { as: 'member', ...options });
const aCustomer = async (fields: object = {}): Promise<{ id: string }> =>
  (await call('/v1/customers', { body: { name: 'ACME', email: 'a@acme.example', ...fields } })).json;
const lines = [{ description: 'Work', quantity: 3, unitAmount: 12_500 }];
async function anInvoice(fields: object = {}): Promise<{ id: string; customerId: string }> {
  const customerId = (await aCustomer()).id;
  const answer = await call('/v1/invoices', { body: { customerId, currency: 'EUR', lines, ...fields } });
  expect(answer.status).toBe(201);
  return answer.json;
}
const act = (id: string, action: string) => call(`/v1/invoices/${id}/${action}`, { method: 'POST' });

describe('customers', () => {
  it('are created, read, changed, replaced and deleted', async () => {
    const address = { line1: '1 Harbour Street', city: 'Hamburg', country: 'DE' };
    const created = await call('/v1/customers', { body: { name: 'ACME', email: 'a@acme.example', address } });
    expect(created.status).toBe(201);
    const { id } = created.json;
    expect(created.headers.get('location')).toBe(`/v1/customers/${id}`);
    expect(created.json).toEqual({
      id: expect.stringMatching(/^cus_[0-9a-z]{26}$/),
      name: 'ACME',
      email: 'a@acme.example',
      address: { ...address, line2: null, postalCode: null },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: created.json.createdAt,
    });
    expect((await call(`/v1/customers/${id}`)).json).toEqual(created.json);

    const changed = await call(`/v1/customers/${id}`, { method: 'PATCH', body: { name: 'ACME Ltd.' } });
    expect(changed.json).toMatchObject({ name: 'ACME Ltd.', email: 'a@acme.example', address: { city: 'Hamburg' } });
    expect((await call(`/v1/customers/${id}`, { method: 'PATCH', body: { address: null } })).json.address).toBeNull();
    const replaced = await call(`/v1/customers/${id}`, { method: 'PUT', body: { name: 'Other', email: 'o@acme.example' } });
    expect(replaced.json).toMatchObject({ name: 'Other', email: 'o@acme.example', address: null });

    const deleted = await call(`/v1/customers/${id}`, { method: 'DELETE' });
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    const gone = await call(`/v1/customers/${id}`);
    expect([gone.status, gone.json.code]).toEqual([404, 'resource_not_found']);
  });

  it.each(['cus_nope', 'inv_01jdw2f8qtfvkbh1mv4s9aq0ng', 'cus_01jdw2f8qtfvkbh1mv4s9aq0ng', '%00', 'null'])(
    'are 404 under the id %s',
    async (id) => {
      for (const method of ['GET', 'DELETE']) expect((await call(`/v1/customers/${id}`, { method })).status).toBe(404);
      expect((await call(`/v1/customers/${id}`, { method: 'PATCH', body: { name: 'x' } })).status).toBe(404);
    },
  );

  it('stay while they have invoices', async () => {
    const { id, customerId } = await anInvoice();
    const refused = await call(`/v1/customers/${customerId}`, { method: 'DELETE' });
    expect([refused.status, refused.json.code]).toEqual([409, 'customer_in_use']);
    await call(`/v1/invoices/${id}`, { method: 'DELETE' });
    expect((await call(`/v1/customers/${customerId}`, { method: 'DELETE' })).status).toBe(204);
  });

  const valid = { name: 'ACME', email: 'a@acme.example' };
  it.each<[string, unknown, string, string]>([
    ['no name', { email: valid.email }, '/name', 'text'],
    ['a blank name', { ...valid, name: '  ' }, '/name', 'text'],
    ['a NUL in the name', { ...valid, name: 'a\0b' }, '/name', 'text'],
    ['half a surrogate pair in the name', { ...valid, name: '\ud800' }, '/name', 'text'],
    ['a name of 201 characters', { ...valid, name: 'x'.repeat(201) }, '/name', 'text'],
    ['a number as name', { ...valid, name: 7 }, '/name', 'text'],
    ['no e-mail address', { name: 'ACME' }, '/email', 'isEmail'],
    ['a bad e-mail address', { ...valid, email: 'acme' }, '/email', 'isEmail'],
    ['an unknown field', { ...valid, admin: true }, '/admin', 'unknownField'],
    ['a bad country', { ...valid, address: { line1: '1', city: 'x', country: 'ZZ' } }, '/address/country', 'isISO31661Alpha2'],
    [
      'an unknown field of the address',
      { ...valid, address: { line1: '1', city: 'x', country: 'DE', planet: 'x' } },
      '/address/planet',
      'unknownField',
    ],
    [
      'half a surrogate pair in the address',
      { ...valid, address: { line1: '\udc00', city: 'x', country: 'DE' } },
      '/address/line1',
      'text',
    ],
    ['an address that is text', { ...valid, address: 'here' }, '/address', 'nestedValidation'],
  ])('are refused with %s', async (_, body, pointer, rule) => {
    const answer = await call('/v1/customers', { body });
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_field']);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(answer.json.issues).toContainEqual({ pointer, rule, expected: expect.any(String) });
  });

  it.each([['[]'], ['null'], ['"text"'], ['7'], ['[{"name":"ACME","email":"a@acme.example"}]'], ['']])(
    'are not made of the body %s',
    async (body) => {
      const answer = await call('/v1/customers', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      expect(answer.status).toBe(400);
    },
  );

  it('do not lose a field to null', async () => {
    const { id } = await aCustomer();
    const answer = await call(`/v1/customers/${id}`, { method: 'PATCH', body: { name: null } });
    expect(answer.json).toMatchObject({ code: 'invalid_field', issues: [{ pointer: '/name', rule: 'text' }] });
  });
});

describe('invoices', () => {
  it('are created as drafts with amounts and total computed', async () => {
    const invoice = await anInvoice({
      lines: [...lines, { description: 'Travel', quantity: 1, unitAmount: 999 }],
      dueAt: '2026-01-31T12:00:00+01:00',
    });
    expect(invoice).toMatchObject({
      id: expect.stringMatching(/^inv_/),
      number: null,
      state: 'draft',
      total: 38_499,
      lines: [{ description: 'Work', quantity: 3, unitAmount: 12_500, amount: 37_500 }, { amount: 999 }],
      dueAt: '2026-01-31T11:00:00.000Z',
    });
    expect((await call(`/v1/invoices/${invoice.id}`)).json).toEqual(invoice);
  });

  it('go from draft to open to paid, numbered when they open', async () => {
    const { id } = await anInvoice();
    const open = await act(id, 'finalize');
    expect([open.status, open.json.state, open.json.number]).toEqual([200, 'open', expect.stringMatching(/^INV-\d{8}$/)]);
    expect((await act(id, 'finalize')).json.code).toBe('illegal_transition');
    const paid = await act(id, 'pay');
    expect(paid.json).toMatchObject({
      state: 'paid',
      number: open.json.number,
      finalizedAt: open.json.finalizedAt,
      paidAt: expect.any(String),
    });
    const refused = await act(id, 'void');
    expect([refused.status, refused.json.code]).toEqual([409, 'illegal_transition']);
    expect(refused.json.detail).toBe('A paid invoice does not take void. Its state is final.');
  });

  it('are voided when open, and only then', async () => {
    const { id } = await anInvoice();
    expect((await act(id, 'void')).status).toBe(409);
    await act(id, 'finalize');
    expect((await act(id, 'void')).json).toMatchObject({ state: 'void', voidedAt: expect.any(String) });
    expect((await act(id, 'pay')).status).toBe(409);
  });

  it('are numbered without a gap when many open at once', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, async () => (await anInvoice()).id));
    const opened = await Promise.all(ids.map((id) => act(id, 'finalize')));
    const numbers = opened.map(({ json }) => Number((json.number as string).slice(4))).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index));
  });

  it('are paid once when paid twice at the same time', async () => {
    const { id } = await anInvoice();
    await act(id, 'finalize');
    const answers = await Promise.all([act(id, 'pay'), act(id, 'pay'), act(id, 'void')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it('are fixed once open, but for the term of payment', async () => {
    const { id, customerId } = await anInvoice();
    const changed = await call(`/v1/invoices/${id}`, { method: 'PATCH', body: { currency: 'USD' } });
    expect(changed.json).toMatchObject({ currency: 'USD', total: 37_500 });
    const body = { customerId, currency: 'JPY', lines: [{ description: 'New', quantity: 1, unitAmount: 5 }] };
    expect((await call(`/v1/invoices/${id}`, { method: 'PUT', body })).json).toMatchObject({ currency: 'JPY', total: 5, state: 'draft' });
    await act(id, 'finalize');
    expect((await call(`/v1/invoices/${id}`, { method: 'PUT', body })).status).toBe(409);
    expect((await call(`/v1/invoices/${id}`, { method: 'PATCH', body: { currency: 'EUR' } })).json.code).toBe('illegal_transition');
    expect((await call(`/v1/invoices/${id}`, { method: 'PATCH', body: { dueAt: '2026-02-01T00:00:00Z' } })).json.dueAt).toBe(
      '2026-02-01T00:00:00.000Z',
    );
    const refused = await call(`/v1/invoices/${id}`, { method: 'DELETE' });
    expect([refused.status, refused.json.detail]).toEqual([409, 'An open invoice cannot be deleted. Void it instead.']);
  });

  it('belong to a customer of the organization', async () => {
    const answer = await call('/v1/invoices', { body: { customerId: 'cus_01jdw2f8qtfvkbh1mv4s9aq0ng', currency: 'EUR', lines } });
    expect([answer.status, answer.json.issues]).toEqual([400, [{ pointer: '/customerId', rule: 'exists', expected: expect.any(String) }]]);
  });

  const line = lines[0]!;
  it.each<[string, object, string, string]>([
    ['no lines', { lines: [] }, '/lines', 'arrayMinSize'],
    ['101 lines', { lines: Array.from({ length: 101 }, () => line) }, '/lines', 'arrayMaxSize'],
    ['lines that are none', { lines: 'x' }, '/lines', 'isArray'],
    ['a quantity of nothing', { lines: [{ ...line, quantity: 0 }] }, '/lines/0/quantity', 'min'],
    ['half a piece', { lines: [line, { ...line, quantity: 0.5 }] }, '/lines/1/quantity', 'isInt'],
    ['a quantity in quotes', { lines: [{ ...line, quantity: '1' }] }, '/lines/0/quantity', 'isInt'],
    ['an amount in fractions', { lines: [{ ...line, unitAmount: 1.5 }] }, '/lines/0/unitAmount', 'isInt'],
    ['an amount beyond 2^53', { lines: [{ ...line, unitAmount: 2 ** 53 }] }, '/lines/0/unitAmount', 'max'],
    ['an amount that overflows', { lines: [{ ...line, unitAmount: Number.MAX_SAFE_INTEGER }] }, '/lines/0', 'amount'],
    ['a description with a NUL', { lines: [{ ...line, description: '\0' }] }, '/lines/0/description', 'text'],
    ['a currency of no country', { currency: 'EURO' }, '/currency', 'isISO4217CurrencyCode'],
    ['a currency in small letters', { currency: 'eur' }, '/currency', 'isUppercase'],
    ['a time that is none', { dueAt: 'soon' }, '/dueAt', 'instant'],
    ['an id that is none', { customerId: 'cus_x' }, '/customerId', 'matches'],
    ['a list for a line', { lines: [[]] }, '/lines', 'isObject'],
    ['an unknown field', { total: 1 }, '/total', 'unknownField'],
  ])('are refused with %s', async (_, fields, pointer, rule) => {
    const customerId = (await aCustomer()).id;
    const answer = await call('/v1/invoices', { body: { customerId, currency: 'EUR', lines, ...fields } });
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_field']);
    expect(answer.json.issues).toContainEqual({ pointer, rule, expected: expect.any(String) });
  });
});
