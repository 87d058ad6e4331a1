import fc from 'fast-check';
import { newId, typeId } from '../../platform/ids';
import { putAddress } from './address-bytes';
import { integer, putBytes, putInteger, putReal, putTypeId, real } from './value-bytes';

const out = Buffer.alloc(100);
const shown = (put: (to: number) => number): string => out.toString('latin1', 3, put(3));
const bytesOf = (length: 2 | 4 | 8, value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes.subarray(8 - length);
};
const float4 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return bytes;
};

it.each([2, 4, 8] as const)('an integer of %i bytes is written in full', (length) => {
  const most = 2n ** BigInt(length * 8 - 1);
  fc.assert(
    fc.property(fc.oneof(fc.bigInt({ min: -most, max: most - 1n }), fc.constantFrom(-most, most - 1n, 0n, 9n, 10n, 99n, -1n)), (value) => {
      const bytes = Buffer.concat([Buffer.from([0xff]), bytesOf(length, value)]);
      expect(shown((to) => putInteger(out, to, integer(bytes, 1, length)))).toBe(String(value));
    }),
  );
});

it('integers are exact to the last digit on both sides of what a number can hold', () => {
  for (const value of [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n])
    expect(shown((to) => putInteger(out, to, integer(bytesOf(8, value), 0, 8)))).toBe(String(value));
});

it('a number of four bytes is written with the fewest digits that mean it', () => {
  // Neither of its neighbours is as near.
  const means = (text: string, value: number): boolean => {
    const [bits, floats] = [new Int32Array(1), new Float32Array(1)];
    floats[0] = value;
    bits[0] = new Int32Array(floats.buffer)[0]!;
    return [-1, 1].every(
      (step) => Math.abs(Number(text) - value) < Math.abs(Number(text) - new Float32Array(Int32Array.of(bits[0]! + step).buffer)[0]!),
    );
  };
  const fewest = (value: number): string => {
    for (let digits = 1; ; digits++) if (means(value.toPrecision(digits), value)) return String(Number(value.toPrecision(digits)));
  };
  const numbers = fc.oneof(
    fc
      .float({ noNaN: true, noDefaultInfinity: true, max: Math.fround(1e38), min: Math.fround(-1e38) })
      .filter((value) => Math.abs(value) > 1e-30),
    fc.integer({ min: 2 ** 24, max: 2 ** 30 }).map((value) => Math.fround(value)),
    fc.integer({ min: 1, max: 20_000_000 }).map((thousandths) => Math.fround(thousandths / 1_000)),
    fc.integer({ min: 8_190_000, max: 8_194_000 }).map((thousandths) => Math.fround(thousandths / 1_000)),
  );
  fc.assert(
    fc.property(numbers, (value) => {
      const text = shown((to) => putReal(out, to, real(float4(value), 0)));
      expect(text).toBe(fewest(value));
    }),
    { numRuns: 2_000 },
  );
});

it('ids are those of the API', () => {
  for (let run = 0; run < 50; run++) {
    const id = newId();
    const bytes = Buffer.from(`ff${id.replaceAll('-', '')}`, 'hex');
    expect(shown((to) => putTypeId(out, putBytes(out, to, Buffer.from('log_')), bytes, 1))).toBe(typeId('log', id));
  }
});

const inet = (family: 2 | 3, network: number, hex: string): Buffer =>
  Buffer.from(`${Buffer.from([family, network, 0, hex.length / 2]).toString('hex')}${hex}`, 'hex');

/** As PostgreSQL writes them; read-back.db.spec.ts asks it for many more. */
it.each([
  [inet(2, 32, 'cb007107'), '203.0.113.7'],
  [inet(2, 24, 'cb007100'), '203.0.113.0/24'],
  [inet(3, 128, '0'.repeat(32)), '::'],
  [inet(3, 128, `${'0'.repeat(31)}1`), '::1'],
  [inet(3, 128, `${'0'.repeat(30)}10`), '::10'],
  [inet(3, 128, `${'0'.repeat(24)}01020304`), '::1.2.3.4'],
  [inet(3, 128, `${'0'.repeat(20)}ffff01020304`), '::ffff:1.2.3.4'],
  [inet(3, 64, '20010db8000000000000000000000000'), '2001:db8::/64'],
  [inet(3, 128, '20010db8000000000001000000000001'), '2001:db8::1:0:0:1'],
  [inet(3, 128, '00010000000000020000000000000003'), '1:0:0:2::3'],
  [inet(3, 128, '00010000000200030004000500060007'), '1:0:2:3:4:5:6:7'],
])('%s is shown as %s', (bytes, text) => {
  expect(shown((to) => putAddress(out, to, Buffer.concat([Buffer.from([1]), bytes]), 1))).toBe(text);
});
