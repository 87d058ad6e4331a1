/** Asks the table of a key's life (libs/contract/key-life.ts) before anything is changed; a refusal says what to do instead. */
import { keyStep, type KeyCommand, type KeyLife } from '@pinebill/contract';
import { AppError } from '../platform/app-error';
import type { KeyRow } from './api-keys.queries';
import { datesOf, keyState } from './key-state';

export const lifeOf = (key: KeyRow, now: Date): KeyLife => ({ state: keyState(datesOf(key), now), isRotated: key.rotated_out_at !== null });

const advice: Partial<Record<string, (command: KeyCommand, life: KeyLife) => string>> = {
  already_rotated: () => 'This key has a successor already. Rotate the successor, or create another key with `replaces` set to this one.',
  key_has_ended: (command, { state }) =>
    `A key that is ${state} cannot be ${pastOf[command]}. Create a new one with \`replaces\` set to it: scopes, networks, service and team are inherited.`,
  illegal_transition: (command, { state }) =>
    command === 'rotate'
      ? `A key that is ${state} cannot be rotated. Enable it first, or create a new one with \`replaces\` set to it.`
      : `A key that is ${state} cannot be ${pastOf[command]}: it is refused altogether already. Enable it first if that is what you want.`,
};
const pastOf: Record<KeyCommand, string> = {
  mint: 'made', rotate: 'rotated', disable: 'disabled', enable: 'enabled', quarantine: 'quarantined', revoke: 'revoked', expire: 'expired', endOverlap: 'rotated out',
}; // prettier-ignore

/** Where the command leads; refuses with what to do instead. */
export function requireStep(life: KeyLife, command: KeyCommand): string {
  const step = keyStep(life, command);
  if ('to' in step) return step.to;
  throw new AppError(step.refused, {
    detail: advice[step.refused]?.(command, life) ?? 'Read the key again and decide with the state it has now.',
  });
}
