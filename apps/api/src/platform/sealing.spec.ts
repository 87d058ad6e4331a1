import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { seal, unseal } from './sealing';

const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));

it('opens what it sealed, for the same key and purpose', () => {
  fc.assert(
    fc.property(bytes, fc.string(), (plain, purpose) => {
      const key = randomBytes(32);
      const sealed = seal(key, plain, purpose);
      expect(unseal(key, sealed, purpose)).toEqual(plain);
      expect(unseal(key, sealed, `${purpose}x`)).toBeNull();
      expect(unseal(randomBytes(32), sealed, purpose)).toBeNull();
    }),
    { numRuns: 50 },
  );
});

it('opens nothing that was changed, cut or made up', () => {
  fc.assert(
    fc.property(bytes, fc.nat(), (plain, at) => {
      const key = randomBytes(32);
      const sealed = seal(key, plain, 'p');
      const changed = Buffer.from(sealed);
      changed[at % changed.length]! ^= 1;
      expect(unseal(key, changed, 'p')).toBeNull();
      expect(unseal(key, sealed.subarray(0, -1), 'p')).toBeNull();
      expect(unseal(key, plain, 'p')).toBeNull();
    }),
    { numRuns: 50 },
  );
});

it('never seals the same twice to the same bytes', () => {
  const [key, plain] = [randomBytes(32), Buffer.from('the same')];
  expect(seal(key, plain, 'p')).not.toEqual(seal(key, plain, 'p'));
});
