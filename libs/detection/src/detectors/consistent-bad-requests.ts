/** One integration fails again and again at one endpoint for one cause: most of its last calls there, and for some time. What a deploy breaks and mends within minutes is not it, nor are the mistakes of people in forms. */
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import { cellOf, type KeyView } from '../key-view';
import { endpointOf, filterOf, ofRoute } from '../measures/of-route';
import { shortHash } from '../measures/seen-set';
import { isForgettable, isWorthTelling, newStreak, note, shareOf, type Streak } from '../measures/streak';
import { days, ofKey, rounded } from '../signs';

const name = 'consistentBadRequests';
const MOST_ROUTES = 20;
type OfRoute = { route: string; streak: Streak };

const isBad = ({ status }: Call): boolean => status === 400 || status === 422;

export const consistentBadRequests: Detector = {
  name,
  observe(call, memory) {
    const { key } = memory;
    const isFailure = isBad(call);
    if (key === null || (!isFailure && key.part.cells[name] === undefined)) return;
    const kept = cellOf<OfRoute[]>(key, name, () => []);
    const route = endpointOf(call);
    const of = ofRoute(kept, route, isFailure ? () => ({ route, streak: newStreak(call.at) }) : null, MOST_ROUTES);
    if (of === null) return;
    add(call, { of, kept }, memory);
    if (isFailure && outcomeOf(call) === of.streak.failure) judge(call, key, of, memory);
  },
};

const outcomeOf = (call: Call): string => (isBad(call) ? shortHash(causeOf(call)).slice(0, 6) : '');
const causeOf = ({ cause, reason }: Call): string => cause ?? reason ?? '';

function add(call: Call, { of, kept }: { of: OfRoute; kept: OfRoute[] }, { norms }: Memory): void {
  const { outcomes, share } = norms.settings[name];
  note(of.streak, outcomeOf(call), call, { outcomes, share });
  if (isForgettable(of.streak)) kept.splice(kept.indexOf(of), 1);
}

/** Not cut within a character: half of one is no JSON for PostgreSQL. */
const shortened = (cause: string): string => cause.slice(0, 120).replace(/[\uD800-\uDBFF]$/, '');

function judge(call: Call, key: KeyView, { route, streak }: OfRoute, { norms, episodes }: Memory): void {
  const { calls, spanMinutes, share, outcomes } = norms.settings[name];
  if (streak.since === null || streak.count < calls || call.at - streak.since < spanMinutes * 60_000) return;
  const strand = `${route} ${streak.failure}`;
  const isOpen = episodes.isOpen({ detector: name, subject: ofKey(key.id), strand }, call.at);
  if (!isWorthTelling(streak, isOpen, { outcomes, share })) return;
  if (norms.isAccepted(name, ofKey(key.id), strand, 0)) return;
  episodes.raise({
    detector: name, subject: ofKey(key.id), strand, at: call.at, from: streak.since, count: streak.count, ids: streak.ids,
    severity: 'low',
    seen: { endpoint: route, cause: shortened(causeOf(call)), failures: streak.count, shareOfLatest: rounded(shareOf(streak, streak.failure)) },
    normal: { shareOfCalls: rounded(streak.usual) },
    threshold: { failures: calls, shareOfLatest: share, latest: outcomes, minutes: spanMinutes },
    filter: { apiKeyId: key.id, status: '400,422', ...(call.reason === null ? {} : { reason: call.reason }), ...filterOf(call) },
    lesson: { what: strand, upTo: null },
    quietMs: days(1),
  }); // prettier-ignore
}
