/** How what was read of the log is cut into steps. */
import fc from 'fast-check';
import type { RecordedCall } from '@pinebill/nestjs-audit';
import { clamped, STRIDE_MS, stridesOf, toCall } from './calls-of-log';

const call = (sequence: number, at: number): RecordedCall => ({
  ...{ id: `id ${sequence}`, sequence, at, actorType: 'apiKey', actorId: null, apiKeyId: '01930000-0000-7000-8000-0000000000a1', keyFingerprint: null },
  ...{ method: 'GET', path: '/', route: '/', status: 200, reason: null, ip: null, country: null, userAgent: null, requestBytes: null },
  ...{ responseBytes: null, durationMs: null, retryAfterSeconds: 7, cause: null },
}); // prettier-ignore

it('writes ids as filters do, and puts a call of a clock that is ahead into the present of its step', () => {
  expect(toCall(call(1, 5))).toMatchObject({ keyId: expect.stringMatching(/^key_/), retryAfterS: 7, actor: 'apiKey', at: 5 });
  expect([clamped(toCall(call(1, 5)), 4), clamped(toCall(call(1, 5)), 6)]).toEqual([
    { ...toCall(call(1, 5)), at: 4, saidAt: 5 },
    toCall(call(1, 5)),
  ]);
});

it('goes on with the calls, and by the clock only when nothing comes', () => {
  const calls = [call(3, 1_000), call(5, 2_000)];
  const place = { upTo: 9, advancedUntil: null, now: 10_000 };
  for (const isAll of [true, false]) expect(stridesOf(calls, { ...place, isAll })).toEqual([{ calls, through: 9, until: 2_000 }]);
  expect(stridesOf([], { ...place, isAll: true })).toEqual([{ calls: [], through: 9, until: 10_000 }]);
  expect(stridesOf([], { ...place, isAll: false })).toEqual([]);
  expect(stridesOf([], { ...place, advancedUntil: 10_000, isAll: true })).toEqual([]);
});

it('keeps every call, in order, in steps of a minute at most, whose time neither goes back nor beyond now', () => {
  const times = fc.array(fc.integer({ min: 0, max: 20 * STRIDE_MS }), { maxLength: 60 });
  fc.assert(
    fc.property(times, fc.integer({ min: 0, max: 15 * STRIDE_MS }), fc.boolean(), (ats, standing, isAll) => {
      const calls = ats.map((at, index) => call(index + 1, at));
      const now = 15 * STRIDE_MS;
      const place = { upTo: ats.length, advancedUntil: standing, now, isAll };
      const strides = stridesOf(calls, place);
      expect(strides.flatMap((stride) => stride.calls)).toEqual(calls);
      const untils = [standing, ...strides.map(({ until }) => until)];
      expect(untils).toEqual([...untils].sort((a, b) => a - b));
      expect(untils.every((until) => until <= now)).toBe(true);
      for (const { calls: some } of strides) {
        const reached = Math.max(standing, ...ats.slice(0, (some[0]?.sequence ?? 1) - 1), some[0]?.at ?? 0);
        expect(some.every(({ at }) => at < reached + STRIDE_MS)).toBe(true);
      }
      if (strides.length > 0) expect(strides.at(-1)?.through).toBe(ats.length);
    }),
  );
});
