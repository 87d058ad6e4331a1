/** Whether a provider asked for a second factor: what it says of the sign-in (`amr`, RFC 8176). */

/** Of each kind one proves little: a one-time code or a key alone is one factor as well, and so may be what a stolen device needs. */
const kinds: Record<string, 'knowledge' | 'possession' | 'person'> = {
  ...{ pwd: 'knowledge', pin: 'knowledge', kba: 'knowledge' },
  ...{ otp: 'possession', hwk: 'possession', swk: 'possession', sc: 'possession', sms: 'possession', tel: 'possession' },
  ...{ face: 'person', fpt: 'person', iris: 'person', retina: 'person', vbm: 'person' },
};

/** `mfa`, or methods of two different kinds. What is not in the list counts for nothing. */
export function provesSecondFactor(methods: readonly unknown[]): boolean {
  if (methods.includes('mfa')) return true;
  const used = methods.flatMap((method) => (typeof method === 'string' && Object.hasOwn(kinds, method) ? [kinds[method]] : []));
  return new Set(used).size >= 2;
}
