import fc from 'fast-check';
import { logFields, logFilterParameters, parseLogFilter, type LogCondition, type LogMatcher, type RawParameters } from './log-filter';

const parsed = (parameters: RawParameters) => {
  const { filter, issues } = parseLogFilter(parameters);
  if (!filter) throw new Error(JSON.stringify(issues));
  return filter;
};
const condition = (parameters: RawParameters): LogCondition | undefined => parsed(parameters).conditions[0];
const matchers = (parameters: RawParameters): LogMatcher[] => condition(parameters)?.anyOf ?? [];
const refused = (parameters: RawParameters): string[] => parseLogFilter(parameters).issues.map(({ pointer, rule }) => `${pointer} ${rule}`);

const keyId = 'key_01h455vb4pex5vsknk084sn02q';

describe('a value list', () => {
  it('is cut at commas, and any of its values will do', () => {
    expect(condition({ service: 'checkout,reports' })).toEqual({
      field: 'service',
      negated: false,
      anyOf: [{ kind: 'exact', value: 'checkout' }, { kind: 'exact', value: 'reports' }],
    }); // prettier-ignore
  });

  it('with a leading ! is negated as a whole', () => {
    expect(condition({ status: '!404,5xx' })).toEqual({ field: 'status', negated: true, anyOf: [{ kind: 'number', value: 404 }, { kind: 'class', value: 5 }] }); // prettier-ignore
  });

  it.each([
    [String.raw`a\,b`, ['a,b']],
    [String.raw`a\,b,c`, ['a,b', 'c']],
    [String.raw`\!a`, ['!a']],
    [String.raw`a\\,b`, ['a\\', 'b']],
    [String.raw`a\*`, ['a*']],
    ['a!b', ['a!b']],
    [String.raw`a\x`, ['a\\x']],
  ])('escapes: %s', (text, values) => {
    expect(condition({ team: text })).toMatchObject({ negated: false, anyOf: values.map((value) => ({ value })) });
  });

  it('may stand once plain and once negated, and both hold', () => {
    expect(parsed({ method: ['GET,POST', '!POST'] }).conditions).toMatchObject([{ negated: false }, { negated: true }]);
  });

  it.each([[['GET', 'POST']], [['!GET', '!POST']], [['GET', '!GET', 'PUT']]])('is refused when repeated alike: %j', (method) => {
    expect(refused({ method })).toEqual(['?method repeated']);
  });

  it.each(['', '!', ',', '!,'])('is refused without a value: %j', (service) => {
    expect(refused({ service })).toEqual(['?service empty']);
  });

  it('is refused beyond 100 values', () => {
    expect(matchers({ service: Array.from({ length: 100 }, (_, at) => `s${at}`).join(',') })).toHaveLength(100);
    expect(refused({ service: Array.from({ length: 101 }, (_, at) => `s${at}`).join(',') })).toEqual(['?service length']);
  });

  it('gives back any values that were escaped', () => {
    const value = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0'));
    const escape = (text: string): string => text.replace(/[,*!\\]/g, String.raw`\$&`);
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), fc.boolean(), (values, negated) => {
        const text = (negated ? '!' : '') + values.map(escape).join(',');
        expect(condition({ team: text })).toEqual({
          field: 'team',
          negated,
          anyOf: values.map((each) => ({ kind: 'exact', value: each })),
        });
        expect(condition({ path: text })?.anyOf).toEqual(values.map((each) => ({ kind: 'exact', value: each })));
        expect(condition({ userAgent: text })?.anyOf).toEqual(values.map((each) => ({ kind: 'contains', value: each })));
      }),
    );
  });
});

describe('fields', () => {
  it('methods and countries ignore case', () => {
    expect(matchers({ method: 'get' })).toEqual([{ kind: 'exact', value: 'GET' }]);
    expect(matchers({ country: 'de' })).toEqual([{ kind: 'exact', value: 'DE' }]);
  });

  it.each(['40', '600', '4xxx', '0xx', '4x', '404.0', '-1'])('status refuses %s', (status) => {
    expect(refused({ status })).toEqual(['?status format']);
  });

  it.each([
    ['/v1/invoices', { kind: 'exact', value: '/v1/invoices' }],
    ['/v1/invoices*', { kind: 'prefix', value: '/v1/invoices' }],
    ['*', { kind: 'prefix', value: '' }],
    [String.raw`/v1/\*`, { kind: 'exact', value: '/v1/*' }],
    [String.raw`/v1/\**`, { kind: 'prefix', value: '/v1/*' }],
    [String.raw`/v1/\\*`, { kind: 'prefix', value: '/v1/\\' }],
    ['/v1/100%', { kind: 'exact', value: '/v1/100%' }],
  ])('path %s', (path, matcher) => {
    expect(matchers({ path })).toEqual([matcher]);
  });

  it.each(['/v1/*/lines', '**', '/a\0'])('path refuses %j', (path) => {
    expect(refused({ path })).toEqual(['?path format']);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7', '192.0.2.7'],
    ['10.0.0.0/8', '10.0.0.0', '10.255.255.255'],
    ['10.1.2.3/8', '10.0.0.0', '10.255.255.255'],
    ['192.0.2.7/31', '192.0.2.6', '192.0.2.7'],
    ['0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
    ['::ffff:10.0.0.1', '10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.0/104', '10.0.0.0', '10.255.255.255'],
    ['2001:db8::/32', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['2001:DB8:0::1', '2001:db8::1', '2001:db8::1'],
  ])('ip %s', (ip, first, last) => {
    expect(matchers({ ip })).toEqual([{ kind: 'addressRange', first, last }]);
  });

  it.each([
    '1',
    '10',
    '10.0.0',
    '010.0.0.1',
    '0x7f.0.0.1',
    '10.0.0.1/33',
    '10.0.0.0/',
    '::ffff:10.0.0.0/95',
    'fe80::1%eth0',
    'localhost',
    '10.0.0.1/8/8',
    ' 10.0.0.1',
  ])('ip refuses %j', (ip) => {
    expect(refused({ ip })).toEqual(['?ip address']);
  });

  it('ids keep their kind', () => {
    expect(matchers({ apiKeyId: keyId })).toEqual([{ kind: 'exact', value: keyId }]);
    expect(refused({ apiKeyId: keyId.replace('key', 'usr') })).toEqual(['?apiKeyId format']);
    expect(refused({ apiKeyId: 'key_81h455vb4pex5vsknk084sn02q' })).toEqual(['?apiKeyId format']); // more than 128 bits
    expect(matchers({ requestId: 'req_01h455vb4pex5vsknk084sn02q,log_01h455vb4pex5vsknk084sn02q' })).toHaveLength(2);
  });

  it.each([['actorType', 'robot'], ['keyFingerprint', 'xyz'], ['country', 'DEU'], ['reason', 'No Key'], ['method', 'G T'], ['userAgent', 'a\0'], ['service', '\0'], ['team', '\ud800']])('%s refuses %j', (field, value) => {
    expect(refused({ [field]: value })).toEqual([`?${field} format`]);
  }); // prettier-ignore

  it('are all parameters, beside the ranges', () => {
    expect(logFilterParameters).toEqual([...logFields, 'from', 'to', 'minDurationMs', 'maxDurationMs']);
  });
});

describe('ranges', () => {
  it('are instants and milliseconds', () => {
    expect(parsed({ from: '2025-12-02T10:30:15Z', to: '2025-12-02T12:30:15.5+01:00', minDurationMs: '0', maxDurationMs: '12.5' })).toEqual({
      from: new Date('2025-12-02T10:30:15.000Z'),
      to: new Date('2025-12-02T11:30:15.500Z'),
      minDurationMs: 0,
      maxDurationMs: 12.5,
      conditions: [],
    });
    expect(parsed({ from: '2025-12-02' }).from).toEqual(new Date('2025-12-02T00:00:00.000Z'));
  });

  it.each([
    ['from', 'yesterday', 'instant'],
    ['from', '2025-13-01', 'instant'],
    ['from', '2025-02-30', 'instant'],
    ['from', '2025-02-30T00:00:00Z', 'instant'],
    ['to', '2025-12-02T10:30:15', 'instant'],
    ['to', '', 'instant'],
    ['minDurationMs', '-1', 'number'],
    ['minDurationMs', '1e3', 'number'],
    ['maxDurationMs', '', 'number'],
  ])('%s refuses %j', (name, value, rule) => {
    expect(refused({ [name]: value })).toEqual([`?${name} ${rule}`]);
  });

  it('are refused when they hold nothing, or stand twice', () => {
    expect(refused({ from: '2025-12-02', to: '2025-12-02' })).toEqual(['?from order']);
    expect(refused({ from: ['2025-12-02', '2025-12-03'] })).toEqual(['?from repeated']);
  });
});

it('never fails on any text, tells every parameter that is wrong, and never repeats its value', () => {
  const raw = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(fc.string({ maxLength: 10 }), { maxLength: 3 }),
    fc.constant(undefined),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...logFilterParameters), raw), (parameters) => {
      const { filter, issues } = parseLogFilter(parameters);
      expect(filter === null).toBe(issues.length > 0);
      for (const { pointer } of issues) expect(logFilterParameters).toContain(pointer.slice(1));
      expect(JSON.stringify(filter ?? null)).not.toContain(String.raw`\u0000`);
    }),
  );
  const secret = 'pbk_SecretSecretSecret';
  const everywhere = Object.fromEntries(logFilterParameters.map((name) => [name, `${secret}\0`]));
  const { issues } = parseLogFilter(everywhere);
  expect(issues).toHaveLength(logFilterParameters.length);
  expect(JSON.stringify(issues)).not.toContain(secret);
});
