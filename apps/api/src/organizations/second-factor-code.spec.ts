import fc from 'fast-check';
import { Secret, TOTP } from 'otpauth';
import { acceptedStep, enrolmentOf, hashRecoveryCode, newRecoveryCodes, newSecret, readCode, waitAfterMs } from './second-factor-code';

/** RFC 6238, appendix B: the SHA-1 rows, cut to six digits. */
const rfcSecret = Buffer.from('12345678901234567890');
it.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
])('accepts the code of the RFC at second %i, once', (seconds, code) => {
  const now = new Date(seconds * 1_000);
  const step = acceptedStep(rfcSecret, code, { lastStep: -1, now });
  expect(step).toBe(Math.floor(seconds / 30));
  expect(acceptedStep(rfcSecret, code, { lastStep: step!, now })).toBeNull();
});

it('accepts a code one step early or late, and none from further away', () => {
  const secret = newSecret();
  const totp = new TOTP({ secret: new Secret({ buffer: new Uint8Array(secret).buffer }) });
  const at = Date.UTC(2025, 11, 2, 10, 30, 15);
  for (const steps of [-3, -2, -1, 0, 1, 2, 3]) {
    const code = totp.generate({ timestamp: at + steps * 30_000 });
    const accepted = acceptedStep(secret, code, { lastStep: -1, now: new Date(at) });
    expect({ steps, accepted: accepted !== null }).toEqual({ steps, accepted: Math.abs(steps) <= 1 });
  }
});

it('takes nothing but six digits, also where six signs are more bytes', () => {
  for (const code of ['😀😀😀', '１２３４５６', '12345', '1234567', '', '12345\u0000'])
    expect(acceptedStep(rfcSecret, code, { lastStep: -1, now: new Date(59_000) })).toBeNull();
});

it('gives an app all it needs, and nothing that is a secret of ours', () => {
  const { secret, otpauthUrl } = enrolmentOf(rfcSecret, 'ada+x@example.com');
  expect(secret).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  expect(otpauthUrl).toBe(
    `otpauth://totp/PineBill:ada%2Bx%40example.com?issuer=PineBill&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
  );
});

it('reads codes as people type them', () => {
  expect(readCode(' 123 456')).toEqual({ kind: 'totp', code: '123456' });
  expect(readCode('ABCD-efgh ijkl-mnop').kind).toBe('recovery');
  fc.assert(fc.property(fc.string(), (text) => readCode(text).kind !== 'totp' || /^[\d\s-]+$/.test(text)));
});

it('makes ten different recovery codes, whose hash does not depend on how they are typed', () => {
  const codes = newRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) {
    expect(readCode(code).kind).toBe('recovery');
    expect(hashRecoveryCode(code.toUpperCase().replaceAll('-', ' '))).toEqual(hashRecoveryCode(code));
  }
});

it('lets a guesser wait, never less after more failures, and at most a day', () => {
  expect([0, 4, 5, 9, 10, 15, 1_000].map((failures) => waitAfterMs(failures) / 60_000)).toEqual([0, 0, 15, 15, 30, 60, 1_440]);
  fc.assert(fc.property(fc.nat(10_000), (failures) => waitAfterMs(failures) <= waitAfterMs(failures + 1)));
});
