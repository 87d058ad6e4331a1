/**
 * The life of an API key as one table: what a command makes of a key in a condition, or why it is refused. The API asks it before it changes
 * anything, the console asks it which buttons to show. Two commands come from the clock, not from a person: `expire` and `endOverlap`.
 */
import type { KeyState } from './access';
import type { ErrorCode } from './errors';

/** `rotating`: usable, with a successor, until the overlap ends. The API's `state` calls it `expiring`; here the two differ. */
export const keyConditions = [
  'none',
  'active',
  'expiring',
  'rotating',
  'disabled',
  'quarantined',
  'rotatedOut',
  'expired',
  'revoked',
] as const;
export type KeyCondition = (typeof keyConditions)[number];

export const keyCommands = ['mint', 'rotate', 'disable', 'enable', 'quarantine', 'revoke', 'expire', 'endOverlap'] as const;
export type KeyCommand = (typeof keyCommands)[number];

type Refused = Extract<ErrorCode, 'illegal_transition' | 'already_rotated' | 'key_has_ended' | 'resource_not_found'>;
/** `same`: nothing to do, and no error: a repeated call says what it found. `resumed`: whatever the key's dates say once nothing holds it back. */
export type KeyStep = { to: KeyCondition | 'resumed' | 'same' } | { refused: Refused };

const to = (condition: KeyCondition | 'resumed'): KeyStep => ({ to: condition });
const same: KeyStep = { to: 'same' };
const illegal: KeyStep = { refused: 'illegal_transition' };
const ended: KeyStep = { refused: 'key_has_ended' };
const twice: KeyStep = { refused: 'already_rotated' };
const nothing: KeyStep = { refused: 'resource_not_found' };

const life: Record<KeyCondition, Record<KeyCommand, KeyStep>> = {
  // prettier-ignore
  none: { mint: to('active'), rotate: nothing, disable: nothing, enable: nothing, quarantine: nothing, revoke: nothing, expire: nothing, endOverlap: nothing },
  // prettier-ignore
  active: { mint: illegal, rotate: to('rotating'), disable: to('disabled'), enable: same, quarantine: to('quarantined'), revoke: to('revoked'), expire: to('expired'), endOverlap: illegal },
  // prettier-ignore
  expiring: { mint: illegal, rotate: to('rotating'), disable: to('disabled'), enable: same, quarantine: to('quarantined'), revoke: to('revoked'), expire: to('expired'), endOverlap: illegal },
  // prettier-ignore
  rotating: { mint: illegal, rotate: twice, disable: to('disabled'), enable: same, quarantine: to('quarantined'), revoke: to('revoked'), expire: to('expired'), endOverlap: to('rotatedOut') },
  // A key that is switched off has no callers to move: it is switched on first, or replaced. Quarantine would loosen it.
  // prettier-ignore
  disabled: { mint: illegal, rotate: illegal, disable: same, enable: to('resumed'), quarantine: illegal, revoke: to('revoked'), expire: to('expired'), endOverlap: to('rotatedOut') },
  // A suspect key is rotated to get its programs away from it; it stays quarantined meanwhile.
  // prettier-ignore
  quarantined: { mint: illegal, rotate: to('quarantined'), disable: to('disabled'), enable: to('resumed'), quarantine: same, revoke: to('revoked'), expire: to('expired'), endOverlap: to('rotatedOut') },
  // prettier-ignore
  rotatedOut: { mint: illegal, rotate: twice, disable: ended, enable: ended, quarantine: ended, revoke: to('revoked'), expire: to('expired'), endOverlap: same },
  // prettier-ignore
  expired: { mint: illegal, rotate: ended, disable: ended, enable: ended, quarantine: ended, revoke: to('revoked'), expire: same, endOverlap: same },
  // prettier-ignore
  revoked: { mint: illegal, rotate: ended, disable: ended, enable: ended, quarantine: ended, revoke: same, expire: same, endOverlap: same },
};

/** What a key's state and its successor say together. */
export type KeyLife = { state: KeyState; isRotated: boolean };

export const conditionOf = ({ state, isRotated }: KeyLife): KeyCondition =>
  isRotated && (state === 'active' || state === 'expiring') ? 'rotating' : state;

export function keyStep(key: KeyLife | null, command: KeyCommand): KeyStep {
  if (key === null) return life.none[command];
  const condition = conditionOf(key);
  // Held back, a key does not show whether it has a successor: with one it is not rotated again, without one no overlap ends.
  if (condition === 'quarantined' && command === 'rotate' && key.isRotated) return twice;
  const isHeld = condition === 'quarantined' || condition === 'disabled';
  if (isHeld && command === 'endOverlap' && !key.isRotated) return illegal;
  return life[condition][command];
}

/** Whether a button for it makes sense: it is allowed, and would change something. */
export function mayDo(key: KeyLife, command: KeyCommand): boolean {
  const step = keyStep(key, command);
  return 'to' in step && step.to !== 'same';
}
