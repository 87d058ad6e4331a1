/** When a delivery that failed is tried again: the pauses of the contract, each up to a tenth longer, so that what failed together does not come together. */
import { deliveryPausesSeconds } from '@pinebill/contract';

const MAX_ASKED_MS = 3_600_000;

/** After that many attempts; null: it was the last one. `retryAfter`: as the receiver asks in its header. */
export function nextAttemptAt(
  attempts: number,
  { now, retryAfter, random = Math.random() }: { now: Date; retryAfter: string | null; random?: number },
): Date | null {
  const pause = deliveryPausesSeconds[attempts - 1];
  if (pause === undefined) return null;
  const ms = pause * 1_000 * (1 + random / 10);
  return new Date(now.getTime() + Math.max(ms, Math.min(askedMs(retryAfter, now), MAX_ASKED_MS)));
}

/** Seconds or a date (RFC 9110, section 10.2.3). */
function askedMs(retryAfter: string | null, now: Date): number {
  if (retryAfter === null) return 0;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now.getTime());
}
