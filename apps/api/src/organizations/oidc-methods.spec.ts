import { provesSecondFactor } from './oidc-methods';

it.each([
  [['mfa'], true],
  [['pwd', 'otp'], true],
  [['hwk', 'pin'], true],
  [['swk', 'fpt'], true],
  [['pwd', 'sms'], true],
  [[], false],
  [['pwd'], false],
  [['otp'], false],
  [['hwk'], false],
  [['swk'], false],
  [['sc'], false],
  [['otp', 'otp'], false],
  [['otp', 'hwk', 'sms'], false],
  [['pwd', 'pin'], false],
  [['pwd', 'user', 'rba', 'mca'], false],
  [['toString', 'constructor', 'pwd'], false],
  [[['mfa'], 1, null], false],
])('%j: %s', (methods, proved) => {
  expect(provesSecondFactor(methods)).toBe(proved);
});
