/** Records of the log as the engine reads them, and how they are cut into steps: pure, and the same in a replay. */
import type { Call } from '@pinebill/detection';
import type { RecordedCall } from '@pinebill/nestjs-audit';
import { typeIdOrNull } from '../platform/ids';

const actors = { apiKey: 'apiKey', user: 'user', anonymous: 'anonymous', system: 'anonymous' } as const;

/** Without its time, which is known only with the step that it belongs to. */
export const toCall = ({ actorType, actorId, apiKeyId, retryAfterSeconds, ...call }: RecordedCall): Call => ({
  ...call,
  actor: actors[actorType],
  keyId: typeIdOrNull('key', apiKeyId),
  userId: actorType === 'user' ? typeIdOrNull('usr', actorId) : null,
  retryAfterS: retryAfterSeconds,
});

/** The calls of one step, and up to when time goes on after them. */
export type Stride = { calls: RecordedCall[]; through: number; until: number };

export const STRIDE_MS = 60_000;
/** Clocks of one installation do not differ by more. */
const AHEAD_MS = 5 * 60_000;

type Place = {
  /** The number up to which the log has been read. */
  upTo: number;
  /** When time stands now; null: nothing was looked at before. */
  advancedUntil: number | null;
  now: number;
  /** Nothing more is waiting: where there is nothing new at all, time goes on by itself. */
  isAll: boolean;
};

/**
 * Cuts what has been read into steps, none of which spans more than a minute of the calls' own time: looked at late, a day is looked at as it would have been
 * minute by minute. Calls take time along with them: by the clock it goes on only when nothing comes, so that a log that is written late (an import, a journal
 * that was away) is looked at in its own time. It never goes beyond now. It goes back only where it stands ahead of now by more than clocks differ: then it
 * was told wrong, and goes on with the next calls.
 */
export function stridesOf(calls: readonly RecordedCall[], { upTo, advancedUntil, now, isAll }: Place): Stride[] {
  const isAhead = advancedUntil !== null && advancedUntil - now > AHEAD_MS && calls.length > 0;
  let at = isAhead ? Number.NEGATIVE_INFINITY : (advancedUntil ?? Number.NEGATIVE_INFINITY);
  const parts = minutesOf(calls, at);
  if (parts.length === 0) return isAll && now > at ? [{ calls: [], through: upTo, until: now }] : [];
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    at = Math.max(at, Math.min(latestOf(part), now));
    return { calls: part, through: isLast ? upTo : (part.at(-1)?.sequence ?? upTo), until: at };
  });
}

/** In their order. A call that began before time stands, or before the others, begins no minute of its own. */
function minutesOf(calls: readonly RecordedCall[], standing: number): RecordedCall[][] {
  const parts: RecordedCall[][] = [];
  let begun = Number.NEGATIVE_INFINITY;
  let reached = standing;
  for (const call of calls) {
    const open = parts.at(-1);
    if (open && call.at < begun + STRIDE_MS) open.push(call);
    else {
      parts.push([call]);
      begun = Math.max(call.at, reached);
    }
    reached = Math.max(reached, call.at);
  }
  return parts;
}

const latestOf = (calls: readonly RecordedCall[]): number =>
  calls.reduce((latest, { at }) => Math.max(latest, at), Number.NEGATIVE_INFINITY);

/** A host whose clock is ahead calls in the future: its calls are put into the present of their step. */
export const clamped = (call: Call, until: number): Call => (call.at > until ? { ...call, at: until, saidAt: call.at } : call);
