/** What is printed for scanners finds every key of ours and no near miss, and says the rule of the checksum as it is. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { base62, keyBodyLength, keyChecksum, keyPattern, keySecret } from '@pinebill/contract';

const print = (...options: string[]) => spawnSync(process.execPath, [join(__dirname, 'print.mjs'), ...options], { encoding: 'utf8' });
const patternIn = { gitleaks: /^regex = '''(.*)'''$/m, trufflehog: /^ {6}key: '(.*)'$/m };
const entropyIn = /^ *entropy *[:=] *([\d.]+)$/m;
const formats = ['gitleaks', 'trufflehog'] as const;

/** In bits a character, as both tools compute it. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const one of Buffer.from(text).toString('latin1')) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}
/** As random as those that are made. */
const randomKey = fc.noShrink(fc.integer()).map(() => keySecret(Array.from({ length: keyBodyLength }, () => base62.charAt(Math.floor(Math.random() * 62))).join(''))); // prettier-ignore
const letter = fc.nat(61).map((n) => base62.charAt(n));
const anyKey = fc.array(letter, { minLength: keyBodyLength, maxLength: keyBodyLength }).map((letters) => keySecret(letters.join('')));

describe.each(formats)('the rule for %s', (format) => {
  const text = print('--format', format).stdout;
  const pattern = patternIn[format].exec(text)?.[1] ?? 'no pattern';
  const found = (file: string): string[] => file.match(new RegExp(pattern, 'g')) ?? [];

  it('has the pattern that the product itself goes by', () => {
    expect(pattern).toBe(keyPattern);
    expect(text).toContain('pbk_');
  });

  it('finds every key as it stands in a file, and no near miss', () => {
    fc.assert(
      fc.property(anyKey, letter, fc.constantFrom('KEY=', '"', "'", ' ', '\n', 'https://u:', '(', '>'), (key, more, before) => {
        expect(found(`${before}${key}`)).toEqual([key]);
        expect(found(`${before}${key}"; ${key}`)).toEqual([key, key]);
        for (const miss of [
          key.slice(0, -1),
          key + more,
          more + key,
          key.replace('_', '-'),
          key.toUpperCase(),
          key.replace('pbk_', 'pkb_'),
        ])
          // prettier-ignore
          expect(found(`${before}${miss} `)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('asks for less randomness than any key has', () => {
    const least = Number(entropyIn.exec(text)?.[1]);
    fc.assert(fc.property(randomKey, (key) => expect(entropyOf(key)).toBeGreaterThan(least)), { numRuns: 2_000 }); // prettier-ignore
    expect(entropyOf(keySecret('x'.repeat(30)))).toBeLessThan(least);
  });

  it('says how the checksum is made, with the vector that is right', () => {
    const [, body = '', checksum] = /Test vector: (\w{30}) has (\w{6})\./.exec(text.replaceAll(/\n# /g, ' ')) ?? [];
    expect([body.length, keyChecksum(body)]).toEqual([30, checksum]);
  });
});

it('says how it is called when it is called in another way', () => {
  for (const options of [[], ['--format'], ['--format', 'toString'], ['gitleaks']]) {
    const { status, stderr, stdout } = print(...options);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--format gitleaks|trufflehog');
  }
});
