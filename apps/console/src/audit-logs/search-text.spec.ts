import { parseLogFilter, logFields, type LogField } from '@pinebill/contract';
import fc from 'fast-check';
import {
  apiFilter,
  emptyQuery,
  escapeValue,
  except,
  narrowed,
  only,
  readQuery,
  showEverybody,
  writeQuery,
  type LogQuery,
} from './log-query';
import { readSearch, writeSearch } from './search-text';

const keys = [
  { id: 'key_01jdw5mr2ye9rtkfr9f8wzn1a1', name: 'Production API' },
  { id: 'key_01jdw5mr2ye9rtkfr9f8wzn1a2', name: 'Say "hi", twice' },
  { id: 'key_01jdw5mr2ye9rtkfr9f8wzn1a3', name: 'Old' },
  { id: 'key_01jdw5mr2ye9rtkfr9f8wzn1a4', name: 'old' },
];
const params = (text: string) =>
  Object.fromEntries(
    Object.entries(apiFilter({ ...emptyQuery, preset: 'all', ...readSearch(text, keys) }, new Date())).map(([name, one]) => [name, one]),
  );

describe('the search box', () => {
  it('maps the documented line to parameters of the API', () => {
    expect(params('status:4xx -method:GET path:/v1/invoices* ip:10.0.0.0/8 key:"Production API"')).toEqual({
      status: ['4xx'],
      method: ['!GET'],
      path: ['/v1/invoices*'],
      ip: ['10.0.0.0/8'],
      apiKeyId: ['key_01jdw5mr2ye9rtkfr9f8wzn1a1'],
      actorType: '!user',
    });
  });

  it.each([
    ['404', { status: ['404'] }],
    ['-5xx', { status: ['!5xx'] }],
    ['/v1/inv', { path: ['/v1/inv*'] }],
    ['192.168.1.1', { ip: ['192.168.1.1'] }],
    ['2001:db8::/32', { ip: ['2001:db8::/32'] }],
    ['post', { method: ['POST'] }],
    ['revoked_key', { reason: ['revoked_key'] }],
    ['status:401,403 -status:404', { status: ['401,403', '!404'] }],
    ['agent:"curl, old"', { userAgent: ['curl\\, old'] }],
  ])('understands %s', (text, expected) => {
    expect(params(text)).toMatchObject(expected);
    expect(readSearch(text, keys).trouble).toEqual([]);
  });

  it('says what it does not understand instead of dropping it', () => {
    expect(readSearch('banana', keys).trouble[0]).toMatch(/"banana" was not understood/);
    expect(readSearch('key:Nobody', keys).trouble).toEqual(['There is no key named "Nobody".']);
  });

  it('finds all keys that ever bore a name', () => {
    expect(readSearch('key:OLD', keys).fields.apiKeyId?.include).toEqual([keys[2]!.id, keys[3]!.id]);
  });
});

const anyFields: fc.Arbitrary<LogQuery['fields']> = fc
  .dictionary(
    fc.constantFrom(...logFields.filter((field) => field !== 'apiKeyId')),
    fc.record({
      include: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }).map(escapeValue), { maxLength: 3 }),
      exclude: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }).map(escapeValue), { maxLength: 3 }),
    }),
  )
  .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, { include, exclude }]) => include.length + exclude.length > 0)));
const withKeys = fc
  .tuple(anyFields, fc.subarray(keys.map(({ id }) => id)))
  .map(([fields, ids]) => (ids.length > 0 ? { ...fields, apiKeyId: { include: ids, exclude: [] } } : fields));

describe('one filter, three notations', () => {
  it('goes from the URL to the search box and back unchanged', () => {
    fc.assert(
      fc.property(withKeys, (fields) => {
        const fromUrl = readQuery(writeQuery({ ...emptyQuery, fields }).toString());
        expect(fromUrl.fields).toEqual(fields);
        const { fields: fromText, trouble } = readSearch(writeSearch(fields, keys), keys);
        expect(trouble).toEqual([]);
        expect(fromText).toEqual(fields);
      }),
      { numRuns: 400 },
    );
  });

  it('means the same value to the parser of the API', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0')),
        (agent) => {
          const query = only(emptyQuery, 'userAgent', escapeValue(agent));
          const parsed = parseLogFilter(apiFilter(readQuery(writeQuery(query).toString()), new Date()));
          expect(parsed.filter?.conditions.find(({ field }) => field === 'userAgent')).toEqual({
            field: 'userAgent',
            negated: false,
            anyOf: [{ kind: 'contains', value: agent }],
          });
        },
      ),
    );
  });

  it('keeps one condition a side and a value on one side only', () => {
    const query = except(only(emptyQuery, 'status' satisfies LogField, '404'), 'status', '404');
    expect(query.fields.status).toEqual({ include: [], exclude: ['404'] });
    expect(only(query, 'status', '404').fields.status).toEqual({ include: ['404'], exclude: [] });
  });

  it('leaves the console’s own requests out until the chip is removed, or a request, a finding or an incident is named', () => {
    const at = new Date('2025-12-02T10:30:00Z');
    expect(apiFilter(emptyQuery, at)).toEqual({ actorType: '!user', from: '2025-12-01T10:30:00.000Z' });
    expect(apiFilter(showEverybody(emptyQuery), at)).toEqual({ from: '2025-12-01T10:30:00.000Z' });
    for (const field of ['requestId', 'findingId', 'incidentId'] as const)
      expect(apiFilter(only(emptyQuery, field, 'x'), at)).toEqual({ [field]: ['x'] });
  });
});

it('the rows behind a record are asked for by its values as they are, and not at all by those it has not', () => {
  const query = narrowed(emptyQuery, { route: '/v1/*,!x\\', method: 'GET', reason: null, apiKeyId: undefined });
  expect(apiFilter(query, new Date(0))).toMatchObject({ route: ['/v1/\\*\\,\\!x\\\\'], method: ['GET'] });
  expect(Object.keys(query.fields).sort()).toEqual(['method', 'route']);
  expect(readQuery(writeQuery(query).toString())).toEqual(query);
});
