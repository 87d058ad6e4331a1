import type { LogRecord } from '../api-types';
import { countText } from '../elements/figures';

type Limit = NonNullable<NonNullable<LogRecord['error']>['limit']>;

export const limitNames: Record<Limit['policy'], string> = {
  'per-key': 'Of the key',
  'per-organization': 'Of the organization',
  'per-session': 'Of the session',
  'per-session-reserve': 'Of the session, in reserve',
};

/** What to do about a limit, by what was known at that moment: more keys are advised only where they would have helped. Null: the record does not tell. */
export function limitAdvice({ error }: Pick<LogRecord, 'error'>): string | null {
  const limit = error?.limit;
  if (!limit) return null;
  const wait = `Wait as long as Retry-After says (${limit.retryAfterSeconds} s), then go on with growing pauses; look for a loop.`;
  const room = limit.otherKeysRoom;
  if (limit.policy === 'per-organization')
    return `${wait} All keys share this limit, so more keys do not help: find the busiest one in the log, or let an admin raise the limit.`;
  if (limit.policy !== 'per-key' || room === null) return wait;
  return room > 0
    ? `${wait} Or distribute the load: the organization’s other keys had room for ${countText(room)} more requests.`
    : `${wait} No other key had room, so distributing the load over them would not have helped: an admin can raise the limits.`;
}
