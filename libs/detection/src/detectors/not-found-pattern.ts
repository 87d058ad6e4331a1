/**
 * 404s with a pattern, of a key: a wrong URL or a wrong version (an endpoint that is not there is never right, so a day's number counts), or the same few ids that
 * are not there (most of its last calls of that endpoint). Many different ids are idScanning. And, of nobody known, one path after the other.
 */
import { sourceOf } from '../address';
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import { cellOf, type KeyView } from '../key-view';
import { endpointOf, filterOf, ofRoute } from '../measures/of-route';
import { emptySet, see, type SeenSet, shortHash } from '../measures/seen-set';
import { isWorthTelling, newStreak, note, shareOf, type Streak } from '../measures/streak';
import { count, emptyWindow, minutes, type Span, startOf, type Window } from '../measures/window';
import { days, hours, ofKey, rounded } from '../signs';

const name = 'notFoundPattern';
const DAY: Span = { bucketMs: 3_600_000, buckets: 24 };
const HOUR = minutes(60);
const MOST_ROUTES = 12;
type OfRoute = { route: string; streak: Streak; missing: string[] };
type Kept = { wrongUrl: Window; wrongVersion: Window; routes: OfRoute[] };
type Probing = { paths: SeenSet; since: number; calls: Window };

export const notFoundPattern: Detector = {
  name,
  observe(call, memory) {
    if (memory.key === null) probing(call, memory);
    else if (call.status === 404 || memory.key.part.cells[name] !== undefined) ofKnownKey(call, memory.key, memory);
  },
};

function ofKnownKey(call: Call, key: KeyView, memory: Memory): void {
  const kept = cellOf<Kept>(key, name, () => ({ wrongUrl: emptyWindow(), wrongVersion: emptyWindow(), routes: [] }));
  if (call.status === 404 && call.route === null) wrongPath(call, key, kept, memory);
  else if (call.route?.includes('{') === true) unknownId(call, key, kept, memory);
}

function wrongPath(call: Call, key: KeyView, kept: Kept, { norms, episodes }: Memory): void {
  const kind = call.reason === 'wrong_version' ? 'wrongVersion' : 'wrongUrl';
  const window = kept[kind];
  const { calls, spanMinutes } = norms.settings[name];
  if (count(window, call.at, DAY, call.id) < calls || call.at - startOf(window, call.at) < spanMinutes * 60_000) return;
  if (norms.isAccepted(name, ofKey(key.id), kind, 0)) return;
  episodes.raise({
    detector: name, subject: ofKey(key.id), strand: kind, at: call.at, from: startOf(window, call.at), count: window.total, ids: window.ids,
    severity: 'low',
    seen: { kind, notFoundInDay: window.total },
    normal: {},
    threshold: { notFoundInDay: calls, minutes: spanMinutes },
    filter: { apiKeyId: key.id, status: '404', reason: kind === 'wrongVersion' ? 'wrong_version' : 'route_not_found' },
    lesson: { what: kind, upTo: null },
    quietMs: days(1),
  }); // prettier-ignore
}

function unknownId(call: Call, key: KeyView, kept: Kept, memory: Memory): void {
  const route = endpointOf(call);
  const begin = (): OfRoute => ({ route, streak: newStreak(call.at), missing: [] });
  const of = ofRoute(kept.routes, route, call.status === 404 ? begin : null, MOST_ROUTES);
  if (of === null) return;
  const { outcomes, share } = memory.norms.settings[name];
  note(of.streak, call.status === 404 ? 'missing' : '', call, { outcomes, share });
  if (call.status !== 404) return;
  of.missing.push(shortHash(call.path ?? ''));
  if (of.missing.length > outcomes) of.missing.shift();
  judge(call, key, of, memory);
}

function judge(call: Call, key: KeyView, { route, streak, missing }: OfRoute, { norms, episodes }: Memory): void {
  const { calls, spanMinutes, share, outcomes } = norms.settings[name];
  if (streak.since === null || streak.count < calls || call.at - streak.since < spanMinutes * 60_000) return;
  const lately = missing.slice(-streak.count);
  const ids = new Set(lately).size;
  const strand = `unknownId ${route}`;
  const isOpen = episodes.isOpen({ detector: name, subject: ofKey(key.id), strand }, call.at);
  if (!isWorthTelling(streak, isOpen, { outcomes, share })) return;
  if (ids * 2 > lately.length || norms.isAccepted(name, ofKey(key.id), strand, 0)) return;
  episodes.raise({
    detector: name, subject: ofKey(key.id), strand, at: call.at, from: streak.since, count: streak.count, ids: streak.ids,
    severity: 'low',
    seen: { kind: 'unknownId', endpoint: route, notFound: streak.count, differentIds: ids, shareOfLatest: rounded(shareOf(streak, 'missing')) },
    normal: { shareOfCalls: rounded(streak.usual) },
    threshold: { notFound: calls, shareOfLatest: share, latest: outcomes, minutes: spanMinutes },
    filter: { apiKeyId: key.id, status: '404', ...filterOf(call) },
    lesson: { what: strand, upTo: null },
    quietMs: days(1),
  }); // prettier-ignore
}

function probing(call: Call, memory: Memory): void {
  if (call.status !== 404 || call.route !== null || call.ip === null) return;
  const source = sourceOf(call.ip);
  const kept = memory.cell<Probing>('address', source, name, () => ({ paths: emptySet(), since: call.at, calls: emptyWindow() }));
  if (call.at - kept.since > hours(1)) Object.assign(kept, { paths: emptySet(), since: call.at });
  const subject = { kind: 'address', id: source } as const;
  const { probedPaths } = memory.norms.settings[name];
  see(kept.paths, call.path ?? '', probedPaths * 4);
  count(kept.calls, call.at, HOUR, call.id);
  const isOpen = memory.episodes.isOpen({ detector: name, subject, strand: 'probing' }, call.at);
  if ((kept.paths.members.length < probedPaths && !isOpen) || memory.norms.isAccepted(name, subject, 'probing', 0)) return;
  memory.episodes.raise({
    detector: name, subject, strand: 'probing', at: call.at, from: startOf(kept.calls, call.at), count: kept.calls.total, ids: kept.calls.ids,
    severity: 'low',
    seen: { kind: 'probing', differentPaths: kept.paths.members.length },
    normal: {},
    threshold: { differentPaths: probedPaths },
    filter: { ip: source, status: '404' },
    lesson: { what: 'probing', upTo: null },
    quietMs: hours(2),
  }); // prettier-ignore
}
