/**
 * A key keeps running into its limit: 429s in many parts of the day, or a client that comes again before the time it was told to wait is over. One
 * that is told to wait, waits and goes on is as it should be.
 */
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import { cellOf, type KeyView } from '../key-view';
import { count, emptyWindow, minutes, type Span, startOf, type Window } from '../measures/window';
import { days, ofKey, rounded } from '../signs';

const name = 'intermittentRateLimits';
const DAY: Span = { bucketMs: 600_000, buckets: 144 };
const HALF_HOUR = minutes(30);
/** What is on its way when the answer arrives is no impatience; and a wait that was told in whole seconds is kept when it is nearly over. */
const IN_FLIGHT_MS = 1_000;
const NEARLY_MS = 500;
type Kept = { limited: Window; lately: Window; early: Window; told: number; wait: number };

export const intermittentRateLimits: Detector = {
  name,
  observe(call, { key, norms, episodes }) {
    if (key === null || call.status !== 429) return;
    const kept = cellOf<Kept>(key, name, () => ({ limited: emptyWindow(), lately: emptyWindow(), early: emptyWindow(), told: 0, wait: 0 }));
    count(kept.limited, call.at, DAY, call.id);
    count(kept.lately, call.at, HALF_HOUR, call.id);
    if (call.at > kept.told + IN_FLIGHT_MS && call.at < kept.told + kept.wait - NEARLY_MS) count(kept.early, call.at, HALF_HOUR);
    else Object.assign(kept, { told: call.at, wait: (call.retryAfterS ?? 0) * 1_000 });
    judge(call, key, kept, { norms, episodes });
  },
};

function judge(call: Call, key: KeyView, { limited, lately, early }: Kept, { norms, episodes }: Pick<Memory, 'norms' | 'episodes'>): void {
  const { calls, parts, impatientCalls, impatientShare } = norms.settings[name];
  const isImpatient = lately.total >= impatientCalls && early.total >= lately.total * impatientShare;
  const what = { detector: name, subject: ofKey(key.id), strand: '' } as const;
  if (!isImpatient && (limited.total < calls || limited.buckets.length < parts) && !episodes.isOpen(what, call.at)) return;
  if (norms.isAccepted(name, what.subject, '*', limited.total)) return;
  episodes.raise({
    ...what, at: call.at, from: startOf(limited, call.at), count: limited.total, ids: limited.ids,
    severity: isImpatient ? 'medium' : 'low',
    seen: { limitedInDay: limited.total, partsOfDay: limited.buckets.length, ignoresRetryAfter: isImpatient ? 'yes' : 'no', earlyShare: rounded(early.total / Math.max(1, lately.total)) },
    normal: {},
    threshold: { limitedInDay: calls, partsOfDay: parts, early: impatientCalls, earlyShare: impatientShare },
    filter: { apiKeyId: key.id, status: '429' },
    lesson: { what: '*', upTo: limited.total },
    quietMs: days(1),
  }); // prettier-ignore
}
