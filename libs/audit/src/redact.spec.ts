import fc from 'fast-check';
import { defaultSecretPatterns, looksSecret, redactPath, redactQuery, redactText } from './redact';
import { cleanHeader, cleanPath, cleanText, readClientRequestId, readTraceId } from './sanitize';

const patterns = defaultSecretPatterns;
const none: ReadonlySet<number> = new Set();
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const chars = (alphabet: string, length: number) =>
  fc.array(fc.constantFrom(...alphabet.split('')), { minLength: length, maxLength: length }).map((all) => all.join(''));

/** Keys and tokens as they occur in the wild. */
const secret = fc.oneof(
  chars(base62, 36).map((random) => `pbk_${random}`),
  chars(base62, 24).map((random) => `sk_live_${random}`),
  chars(base62, 36).map((random) => `ghp_${random}`),
  fc.tuple(chars(base62, 20), chars(base62, 30), chars(base62, 40)).map(([head, body, signature]) => `eyJ${head}.eyJ${body}.${signature}`),
  chars('0123456789abcdef', 40).filter((hex) => /\d/.test(hex) && /[a-f]/.test(hex)),
  chars(`${base62}-_`, 43).filter((token) => /[a-z]/.test(token) && /[A-Z]/.test(token) && /\d/.test(token)),
);
/** Anything a caller may put on the wire: bytes as Node shows them, half characters, controls. */
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.string(),
);

const percentEncode = (text: string): string =>
  text.replace(/[^]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** What PostgreSQL takes as text and, escaped, as jsonb. */
function isStorable(text: string): boolean {
  return (
    !text.includes('\0') &&
    !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text) &&
    !JSON.stringify(text).includes('\\u0000')
  );
}

describe('what is kept of what a caller sends', () => {
  it('is storable in PostgreSQL, whatever was sent', () => {
    fc.assert(
      fc.property(anything, fc.array(fc.tuple(anything, anything)), (text, pairs) => {
        const query = redactQuery(
          pairs.map(([name, value]) => `${name}=${value}`).join('&'),
          ['status', ...pairs.map(([name]) => name)],
          patterns,
        );
        const kept = [
          redactPath(`/${text}`, none, patterns).text,
          cleanText(text).text,
          cleanHeader(text).text,
          JSON.stringify(query.query),
        ];
        for (const each of kept) expect(isStorable(each)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('never contains a secret of a path, plain or percent-encoded, whatever stands around it', () => {
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('', 'key=', 'Bearer%20', 'x.'),
        fc.constantFrom('', '.json', '/next'),
        fc.constantFrom(0, 1, 2),
        (key, before, after, rounds) => {
          const sent = [key, percentEncode(key), encodeURIComponent(percentEncode(key))][rounds] ?? '';
          const { text, marks } = redactPath(`/v1/items/${before}${sent}${after}`, none, patterns);
          expect(text).not.toContain(key.slice(4));
          expect(decodeURIComponent(decodeURIComponent(text))).not.toContain(key.slice(4));
          expect(marks).toContain('redacted');
        },
      ),
    );
  });

  it('never contains a secret of a query: neither as a value that is recorded, nor as a name', () => {
    fc.assert(
      fc.property(secret, (key) => {
        const { query, marks } = redactQuery(`status=${key}&other=${key}&${key}=1&status=open`, ['status'], patterns);
        expect(JSON.stringify(query)).not.toContain(key.slice(4));
        expect(marks).toContain('redacted');
        expect(query).toMatchObject({ status: ['[redacted]', 'open'] });
      }),
    );
  });

  it('never contains a secret of a user agent, and keeps the rest', () => {
    fc.assert(
      fc.property(secret, (key) => {
        expect(redactText(`curl/8 (${key}) end`, patterns).text).toBe('curl/8 ([redacted]) end');
      }),
    );
  });

  it('never contains a secret of a user agent that is percent-encoded, once or twice', () => {
    const encode = (text: string): string => text.replace(/./g, (each) => `%${each.charCodeAt(0).toString(16)}`);
    fc.assert(
      fc.property(secret, fc.boolean(), (key, twice) => {
        const sent = twice ? encode(key).replaceAll('%', '%25') : encode(key);
        expect(redactText(`curl/8 x-${sent} 100%25 end`, patterns)).toEqual({ text: 'curl/8 [redacted] 100%25 end', marks: ['redacted'] });
      }),
    );
  });

  it.each([
    'inv_01jdw2f8qtfvkbh1mv4s9aq0ng', 'log_7zzzzzzzzzzzzzzzzzzzzzzzzz', 'key_01h455vb4pex5vsknk084sn02q', '0193a8f2-7c1e-7d2a-9b3c-4d5e6f708192', 'invoices', '2025-12-02T10:30:15.123Z',
    'a-rather-long-but-perfectly-harmless-slug-of-a-page', 'a'.repeat(200), '1'.repeat(200), 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  ])('keeps %s', (text) => {
    expect(looksSecret(text, patterns)).toBe(false);
  }); // prettier-ignore

  it('takes out the segment that a route declares secret, however short', () => {
    expect(redactPath('/v1/invitations/abc/accept', new Set([2]), patterns)).toEqual({
      text: '/v1/invitations/[redacted]/accept',
      marks: ['redacted'],
    });
  });

  it('takes user and password out of an absolute form', () => {
    expect(redactPath('http://me:pw@host/x', none, patterns).text).toBe('http://[redacted]@host/x');
  });

  it('keeps a path to 2,048 characters and marks what it cut', () => {
    const { text, marks } = redactPath(`/${'a/'.repeat(5_000)}`, none, patterns);
    expect(text).toHaveLength(2_048);
    expect(marks).toEqual(['truncated']);
  });

  it('keeps 50 names of 100 characters', () => {
    const { query, marks } = redactQuery(
      Array.from({ length: 60 }, (_, at) => `${'n'.repeat(150)}${at}=1&p${at}=1`).join('&'),
      [],
      patterns,
    );
    expect(Object.keys(query ?? {})).toHaveLength(50);
    expect(Math.max(...Object.keys(query ?? {}).map((name) => name.length))).toBeLessThanOrEqual(100);
    expect(marks).toEqual(expect.arrayContaining(['truncated', 'redacted']));
  });

  it('treats a parameter called __proto__ as data', () => {
    const { query } = redactQuery('__proto__=1', ['__proto__'], patterns);
    expect(JSON.stringify(query)).toBe('{"__proto__":"1"}');
    expect(Object.getPrototypeOf(query)).toBe(Object.prototype);
  });

  it('looks through 64 KB of anything without delay', () => {
    const startedAt = performance.now();
    for (const text of ['a', 'aB1-', '%41', 'eyJ.', 'sk_', 'pbk_a_', '0a'].map((part) => part.repeat(Math.ceil(65_536 / part.length))))
      redactPath(`/${text}`, none, patterns);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('cleaning', () => {
  it('writes bytes beyond ASCII in a path as %XX and leaves %00 and %zz as they are', () => {
    expect(cleanPath('/caf\u00c3\u00a9/\u0000', 100)).toEqual({ text: '/caf%C3%A9/%00', marks: ['sanitized'] });
    expect(cleanPath('/%00/%zz', 100)).toEqual({ text: '/%00/%zz', marks: [] });
  });

  it('reads a header as UTF-8 and marks what is not', () => {
    expect(cleanHeader(Buffer.from('J\u00fcrgen').toString('latin1'))).toEqual({ text: 'J\u00fcrgen', marks: [] });
    expect(cleanHeader('J\u00fcrgen')).toEqual({ text: 'J\ufffdrgen', marks: ['sanitized'] });
  });

  it('does not cut a pair of surrogates in two', () => {
    expect(cleanText('ab\u{1f600}', 3)).toEqual({ text: 'ab', marks: ['truncated'] });
  });

  it.each([['job-4711', 'job-4711'], ['short', null], ['a'.repeat(65), null], ['a b c d e f', null], [undefined, null]])('reads the request id %p as %p', (sent, kept) => {
    expect(readClientRequestId(sent)).toBe(kept);
  }); // prettier-ignore

  it.each([
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', null],
    ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', null],
    ['00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', null],
    ['nonsense', null],
  ])('reads the traceparent %s as %p', (sent, kept) => {
    expect(readTraceId(sent)).toBe(kept);
  });
});
