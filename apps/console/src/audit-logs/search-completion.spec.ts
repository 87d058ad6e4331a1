import fc from 'fast-check';
import { aKey, aRecord } from '../testing/builders';
import { unescapeValue } from './log-query';
import { completions, knownValues } from './search-completion';
import { readSearch } from './search-text';

const keys = [aKey(1, { name: 'Production API', service: 'checkout' }), aKey(2, { name: 'Say "hi", all', service: null })];
const known = knownValues(keys, [aRecord(1, { path: '/v1/invoices/*odd, one', ip: '192.168.1.1' })]);
const texts = (text: string, caret = text.length) => completions(text, caret, known).map((offer) => offer.text);

it('offers fields by their names, negated too', () => {
  expect(texts('st')).toEqual(['status:']);
  expect(texts('method:GET -se')).toEqual(['-service:']);
  expect(texts('').length).toBeGreaterThan(10);
  expect(texts('userag')).toEqual(['agent:']);
});

it('offers values that are known, what begins so first, of a list the last one', () => {
  expect(texts('status:4')).toEqual(['4xx', '400', '401', '403', '404', '409', '422', '429']);
  expect(texts('status:404,5x')).toEqual(['5xx']);
  expect(texts('key:prod')).toEqual(['Production API']);
  expect(texts('reason:revoked')).toEqual(['revoked_key']);
  expect(texts('service:')).toEqual(['checkout']);
});

it('replaces the term up to the caret, and nothing behind it', () => {
  const [offer] = completions('status:4 method:GET', 8, known);
  expect(offer).toMatchObject({ result: 'status:4xx method:GET', caret: 11 });
});

it('whatever is taken, the box understands it as what it said', () => {
  const fields = ['apiKeyId', 'service', 'path', 'ip', 'status', 'reason', 'method'] as const;
  fc.assert(
    fc.property(fc.constantFrom(...fields), fc.boolean(), fc.nat(20), (field, negated, pick) => {
      const start = `${negated ? '-' : ''}${field}:`;
      const offers = completions(start, start.length, known);
      const offer = offers[pick % offers.length]!;
      const { fields: understood, trouble } = readSearch(offer.result, keys);
      expect(trouble).toEqual([]);
      const values = understood[field]?.[negated ? 'exclude' : 'include'] ?? [];
      const meant = field === 'apiKeyId' ? keys.find(({ name }) => name === offer.text)!.id : offer.text;
      expect(values.map(unescapeValue)).toEqual([meant]);
    }),
  );
});
