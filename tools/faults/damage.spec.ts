/** What the damage scenario says is whole must be whole, or a loss would pass for damage. */
import { damaged, damageKinds, entriesOf } from './damage.mjs';
import { seeded } from './random.mjs';

const MARKER = Buffer.from([0xff, 0x50, 0x42, 0xfe]);
const entry = (number: number): Buffer => Buffer.concat([MARKER, Buffer.from(`.....{"id":"${number}","clientRequestId":"faults-${number}","path":"${'x'.repeat(number % 90)}"}`)]); // prettier-ignore
const segment = Buffer.concat([Buffer.alloc(28, 1), ...Array.from({ length: 300 }, (_, number) => entry(number))]);

it('entries are found with their requests', () => {
  expect(entriesOf(segment).map(({ label }) => label)).toEqual(Array.from({ length: 300 }, (_, number) => `faults-${number}`));
});

it.each(damageKinds)('%s: every entry that is not named is there as it was', (kind) => {
  for (let seed = 0; seed < 50; seed += 1) {
    const { bytes, labels } = damaged(segment, kind, seeded(seed));
    const others = entriesOf(segment).filter(({ label }) => label !== null && !labels.has(label));
    expect(others.filter(({ from, to }) => !bytes.includes(segment.subarray(from, to)))).toEqual([]);
    expect(bytes.equals(segment)).toBe(false);
  }
});
