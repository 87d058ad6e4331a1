import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { keySecret } from '@pinebill/contract';
import { keyPair, published, signatureOf } from '../testing/leak-reporter';
import { kept, readReport } from './report-body';
import { isSignedBy, readReportKeys } from './report-signature';

const pair = keyPair('now');
const keys = readReportKeys(published([pair, keyPair('another')]));
const key = keys.get('now')!;
const body = Buffer.from('[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]');
const signature = signatureOf(pair, body);
const flipped = (bytes: Buffer, index: number, bits: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[index % bytes.length]! ^= bits;
  return changed;
};
const flip = fc.tuple(fc.nat(10_000), fc.integer({ min: 1, max: 255 }));

describe('a signature', () => {
  it('is taken when it was made over these bytes, as often as it is made anew', () => {
    for (let turn = 0; turn < 20; turn++) expect(isSignedBy(key, body, signatureOf(pair, body))).toBe(true);
  });

  it('is refused when any byte of the body, of the signature or of its text is another', () => {
    fc.assert(
      fc.property(flip, flip, flip, ([at, bits], [sigAt, sigBits], [textAt, textBits]) => {
        expect(isSignedBy(key, flipped(body, at, bits), signature)).toBe(false);
        expect(isSignedBy(key, body, flipped(Buffer.from(signature, 'base64'), sigAt, sigBits).toString('base64'))).toBe(false);
        expect(isSignedBy(key, body, flipped(Buffer.from(signature), textAt, textBits).toString('latin1'))).toBe(false);
      }),
      { numRuns: 400 },
    );
  });

  it('is refused in another spelling, of another key, cut, and empty', () => {
    const spellings = [
      `${signature}\n`,
      ` ${signature}`,
      signature.replaceAll('=', ''),
      Buffer.from(signature, 'base64').toString('base64url'),
      '',
    ];
    const hex = Buffer.from(signature, 'base64').toString('hex');
    for (const text of [...spellings.filter((one) => one !== signature), hex, signature.slice(0, -4)])
      expect(isSignedBy(key, body, text)).toBe(false);
    expect(isSignedBy(keys.get('another')!, body, signature)).toBe(false);
    expect(isSignedBy(key, Buffer.concat([body, Buffer.from('\n')]), signature)).toBe(false);
  });
});

describe('published keys', () => {
  it('are those on P-256; what is broken or of another kind is passed over', () => {
    const other = [keyPair('p384', 'P-384'), { ...keyPair('broken'), pem: 'nonsense' }, { ...keyPair('none'), identifier: 7 as never }];
    expect([...readReportKeys(published([...other, pair])).keys()]).toEqual(['now']);
    for (const text of ['{}', '[]', 'null', '{"public_keys":[]}', published(other)]) expect(() => readReportKeys(text)).toThrow('no P-256');
    expect(() => readReportKeys('<html>')).toThrow(SyntaxError);
  });
});

describe('a report', () => {
  const read = (value: unknown) => readReport(Buffer.from(JSON.stringify(value)));
  const one = { token: 'some_token', type: 'some_type', url: 'https://example.com/x', source: 'commit' };

  it('is an array of findings; what a scanner adds to them is left alone', () => {
    const [found] = read([{ ...one, severity: 'high', __proto__: 1 }]);
    expect(found).toMatchObject({
      type: 'some_type',
      url: one.url,
      source: 'commit',
      hash: createHash('sha256').update('some_token').digest(),
    });
    expect(read([{ token: 'x', type: 'y' }, { token: 'x', type: 'y', url: '', source: null }])).toMatchObject([{ url: null, source: null }, { url: null, source: null }]); // prettier-ignore
    expect(read(Array.from({ length: 500 }, () => one))).toHaveLength(500);
  });

  it.each([
    [{}, 'invalid_field'],
    [[], 'invalid_field'],
    [[null], 'invalid_field'],
    [['pbk_x'], 'invalid_field'],
    [[one, { ...one, token: '' }], 'invalid_field'],
    [[{ ...one, token: 'x'.repeat(1_001) }], 'invalid_field'],
    [[{ ...one, type: undefined }], 'invalid_field'],
    [[{ ...one, url: 7 }], 'invalid_field'],
    [Array.from({ length: 501 }, () => one), 'payload_too_large'],
  ])('that is %j is answered %s, without a word of it', (value, code) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ code }));
  });

  it('that is no JSON says nothing of its text', () => {
    for (const bytes of [Buffer.from('[{"token":"SECRET'), Buffer.from([0x22, 0xff, 0x22]), Buffer.alloc(0)]) {
      const refused = ((): unknown => {
        try {
          return readReport(bytes);
        } catch (error) {
          return error;
        }
      })();
      expect(refused).toMatchObject({ code: 'malformed_json' });
      expect(inspect(refused, { depth: 9 })).not.toContain('SECRET');
    }
  });

  it('is kept without anything that looks like a key, however it is written', () => {
    const secret = keySecret('a'.repeat(30));
    const encoded = secret.replace(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
    for (const text of [secret, encoded, encodeURIComponent(encoded), secret.replace('_', '%5F')]) {
      const url = kept(`https://example.com/${text}/file?x=${text}#L7`, secret);
      expect(decodeURIComponent(decodeURIComponent(url))).not.toContain('a'.repeat(20));
    }
    expect(kept('https://example.com/AKIA1234567890/x', 'AKIA1234567890')).toBe('https://example.com/[redacted]/x');
    const commit = 'https://github.com/octocat/Hello-World/blob/12345600b9cbe38a219f39a9941c9319b600c002/foo/b%20r.txt';
    expect([kept(commit, secret), kept(commit, 'o'), kept('a\u0000\u202eb\ud800', secret)]).toEqual([commit, commit, 'ab']);
  });
});
