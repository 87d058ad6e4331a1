import { createDetection, nothingKnown } from '..';
import { aCall, minute } from '../testing/calls';

const refused = (n: number, over = {}) =>
  aCall(n, { actor: 'anonymous', keyId: null, status: 401, reason: 'unknown_key', ip: '203.0.113.9', ...over });

it('tells once of an address that is refused again and again, and when it is over', () => {
  const detection = createDetection(nothingKnown);
  const told = Array.from({ length: 400 }, (_, n) => refused(n, { at: n * 1_000 })).flatMap((call) => detection.observe(call));
  const over = detection.advance(400_000 + 61 * minute);
  expect(new Set([...told, ...over].map(({ episode }) => episode)).size).toBe(1);
  expect(told[0]).toMatchObject({
    detector: 'unauthorizedBurst',
    subject: { kind: 'address', id: '203.0.113.9' },
    count: 25,
    isOver: false,
  });
  expect(told.length).toBeLessThan(15);
  expect(over).toMatchObject([{ isOver: true, count: 400 }]);
});

it('lets an address alone behind which most requests are fine', () => {
  const detection = createDetection(nothingKnown);
  const calls = Array.from({ length: 2_000 }, (_, n) => (n % 10 === 0 ? refused : aCall)(n, { at: n * 100, ip: '203.0.113.9' }));
  expect(calls.flatMap((call) => detection.observe(call))).toEqual([]);
});

it('adds up many addresses that each stay below the bound', () => {
  const detection = createDetection(nothingKnown);
  const told = Array.from({ length: 100 }, (_, n) => refused(n, { at: n * 2_000, ip: `198.51.${n % 25}.7` })).flatMap((call) =>
    detection.observe(call),
  );
  expect(new Set(told.map(({ subject }) => subject.kind))).toEqual(new Set(['organization']));
});

it('is not led astray by what can be asked for without a key, nor by any share once it is much', () => {
  const open = (n: number) => aCall(n, { at: n * 1_000, actor: 'anonymous', keyId: null, ip: '203.0.113.9', route: '/v1/reference/status-codes' }); // prettier-ignore
  const guesses = createDetection(nothingKnown);
  const told = Array.from({ length: 120 }, (_, n) => (n % 3 === 0 ? refused(n, { at: n * 1_000 }) : open(n))).flatMap((call) => guesses.observe(call)); // prettier-ignore
  expect(told[0]).toMatchObject({ count: 25, filter: { ip: '203.0.113.9', status: '401', reason: expect.stringMatching(/^!/) } });
  const much = createDetection(nothingKnown);
  const all = Array.from({ length: 1_000 }, (_, n) => (n % 3 === 0 ? refused : aCall)(n, { at: n * 500, ip: '203.0.113.9' }));
  expect(all.flatMap((call) => much.observe(call))[0]).toMatchObject({ count: 250 });
});
