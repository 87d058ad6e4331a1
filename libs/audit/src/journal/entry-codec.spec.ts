import fc from 'fast-check';
import { crc32c } from './crc32c';
import { encodeEntry, MAX_PAYLOAD_BYTES, scanEntries, type EntryType } from './entry-codec';

type Given = { type: EntryType; json: string };
const entryOf = fc.record<Given>({
  type: fc.constantFrom<EntryType>('provisional', 'release', 'amend', 'history'),
  json: fc.oneof(fc.json(), fc.string({ unit: 'binary', maxLength: 200 })),
});
const entriesOf = fc.array(entryOf, { minLength: 1, maxLength: 12 });
const encode = (given: readonly Given[]): Buffer[] => given.map(({ type, json }, at) => encodeEntry(BigInt(at + 1), type, json));

type Plain = { offset: bigint; type: EntryType; json: string };
const plain = (bytes: Buffer, last = true): Plain[] =>
  scanEntries(bytes, last).entries.map(({ offset, type, payload }) => ({ offset, type, json: payload.toString('utf8') }));
const expected = (given: readonly Given[]): Plain[] =>
  given.map(({ type, json }, at) => ({ offset: BigInt(at + 1), type, json: Buffer.from(json).toString('utf8') }));

describe('crc32c', () => {
  it('agrees with the check value and the vectors of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  });

  it('goes on from the checksum of what came before', () => {
    expect(crc32c(Buffer.from('6789'), crc32c(Buffer.from('12345')))).toBe(0xe3069283);
  });
});

describe('entries of the journal', () => {
  it('come back as they were written', () => {
    fc.assert(fc.property(entriesOf, (given) => expect(plain(Buffer.concat(encode(given)))).toEqual(expected(given))));
  });

  it('cut off at any byte give the whole ones before it, and say how much is damaged', () => {
    fc.assert(
      fc.property(entriesOf, fc.nat(), (given, at) => {
        const encoded = encode(given);
        const bytes = Buffer.concat(encoded);
        const cut = at % (bytes.length + 1);
        let end = 0;
        const whole = encoded.filter((entry) => (end += entry.length) <= cut).length;
        const scanned = scanEntries(bytes.subarray(0, cut), true);
        expect(plain(bytes.subarray(0, cut))).toEqual(expected(given).slice(0, whole));
        expect(scanned.damagedBytes).toBe(cut - Buffer.concat(encoded.slice(0, whole)).length);
      }),
    );
  });

  it('with any one byte changed lose the entry it belongs to and no other, and never read as something else', () => {
    fc.assert(
      fc.property(entriesOf, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, at, change) => {
        const encoded = encode(given);
        const bytes = Buffer.concat(encoded);
        const hit = at % bytes.length;
        bytes[hit] = (bytes[hit] ?? 0) ^ change;
        let end = 0;
        const damaged = encoded.findIndex((entry) => (end += entry.length) > hit);
        expect(plain(bytes)).toEqual(expected(given).filter((_, index) => index !== damaged));
        expect(scanEntries(bytes, true).damagedBytes).toBe(encoded[damaged]?.length);
      }),
    );
  });

  it('never read as something else in random bytes, nor do random bytes hide the entry behind them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), entryOf, (noise, given) => {
        const bytes = Buffer.concat([noise, ...encode([given])]);
        expect(plain(bytes)).toEqual(expected([given]));
      }),
    );
  });

  it('are the same read in pieces of any size', () => {
    fc.assert(
      fc.property(entriesOf, fc.integer({ min: 1, max: 64 }), (given, piece) => {
        const bytes = Buffer.concat(encode(given));
        const found: Plain[] = [];
        let held = 0;
        for (let position = 0; position < bytes.length;) {
          const end = Math.min(bytes.length, position + held + piece);
          const { consumed } = scanEntries(bytes.subarray(position, end), end === bytes.length);
          found.push(...plain(bytes.subarray(position, end), end === bytes.length));
          held = consumed > 0 ? 0 : end - position; // nothing whole yet: read further
          position += consumed;
        }
        expect(found).toEqual(expected(given));
      }),
    );
  });

  it('name the entry after which the damage lies', () => {
    const encoded = encode([{ type: 'release', json: '1' }, { type: 'release', json: '2' }, { type: 'release', json: '3' }]); // prettier-ignore
    const bytes = Buffer.concat(encoded);
    bytes[(encoded[0]?.length ?? 0) + 20] = 0x55;
    expect(scanEntries(bytes, true)).toMatchObject({ places: [{ after: 1n, before: 3n }], damagedBytes: encoded[1]?.length });
  });

  it('are refused when they are longer than a reader believes', () => {
    expect(() => encodeEntry(1n, 'release', 'x'.repeat(MAX_PAYLOAD_BYTES + 1))).toThrow(RangeError);
  });
});
