/**
 * One id after the other, most of them not there: different ids that were missing, of one endpoint and key, within an hour (fast) or a day (slow), and
 * their share. A program that checks whether something exists finds most of it, and where missing is usual more is asked for.
 */
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import { cellOf, type KeyView } from '../key-view';
import { endpointOf, filterOf, ofRoute } from '../measures/of-route';
import { emptySet, see, type SeenSet } from '../measures/seen-set';
import { DAY_MS, HOUR_MS, noteSuspect } from '../measures/rhythm';
import { hours, ofKey, rounded } from '../signs';

const name = 'idScanning';
const MOST_ROUTES = 8;
/** A stretch of time that begins anew when it is over. `isTold`: what it shows was a finding, and is no second one. */
type Stretch = { since: number; missing: SeenSet; calls: number; notFound: number; ids: string[]; isTold: boolean };
type OfRoute = { route: string; hour: Stretch; day: Stretch; usual: number };

const newStretch = (since: number): Stretch => ({ since, missing: emptySet(), calls: 0, notFound: 0, ids: [], isTold: false });
const isNotThere = ({ status }: Call): boolean => status === 404;

export const idScanning: Detector = {
  name,
  observe(call, memory) {
    const { key } = memory;
    if (key === null || call.route?.includes('{') !== true || (!isNotThere(call) && key.part.cells[name] === undefined)) return;
    const kept = cellOf<OfRoute[]>(key, name, () => []);
    const route = endpointOf(call);
    const begin = (): OfRoute => ({ route, hour: newStretch(call.at), day: newStretch(call.at), usual: 0 });
    const of = ofRoute(kept, route, isNotThere(call) ? begin : null, MOST_ROUTES);
    if (of !== null) add(of, call, memory);
    if (of !== null && isNotThere(call)) judge(call, key, of, memory);
  },
};

/** Of some hundreds of calls. */
const SLOWLY = 1 / 400;

function add(of: OfRoute, call: Call, { norms }: Memory): void {
  const { fastIds, slowIds } = norms.settings[name];
  if (call.at - of.hour.since > HOUR_MS) of.hour = newStretch(call.at);
  if (call.at - of.day.since > DAY_MS) of.day = newStretch(call.at);
  if (of.hour.missing.members.length < fastIds / 2) of.usual += ((isNotThere(call) ? 1 : 0) - of.usual) * SLOWLY;
  for (const [stretch, most] of [
    [of.hour, fastIds],
    [of.day, slowIds],
  ] as const) {
    // prettier-ignore
    stretch.calls += 1;
    if (!isNotThere(call)) continue;
    stretch.notFound += 1;
    see(stretch.missing, call.path ?? '', most * 2);
    stretch.ids = [...stretch.ids, call.id].slice(-5);
  }
}

function judge(call: Call, key: KeyView, of: OfRoute, { norms, episodes }: Memory): void {
  const { fastIds, slowIds, share } = norms.settings[name];
  const wanted = Math.max(share, Math.min(0.9, of.usual * 2));
  const isScan = ({ missing, notFound, calls, isTold }: Stretch, ids: number): boolean =>
    !isTold && missing.members.length >= ids && notFound >= calls * wanted;
  const what = { detector: name, subject: ofKey(key.id), strand: of.route } as const;
  const isOpen = episodes.isOpen(what, call.at);
  const isFast = isOpen || isScan(of.hour, fastIds);
  if (!isFast && !isScan(of.day, slowIds)) return;
  if (norms.isAccepted(name, what.subject, of.route, 0)) return;
  const stretch = isFast ? of.hour : of.day;
  noteSuspect(key.rhythm);
  of.hour.isTold = true;
  of.day.isTold = true;
  episodes.raise({
    ...what, at: call.at, from: stretch.since, count: stretch.notFound, ids: stretch.ids,
    severity: 'high',
    seen: { endpoint: of.route, differentIdsMissing: stretch.missing.members.length, notFound: stretch.notFound, calls: stretch.calls },
    normal: { shareNotFound: rounded(of.usual) },
    threshold: { differentIdsInHour: fastIds, differentIdsInDay: slowIds, shareNotFound: rounded(wanted) },
    filter: { apiKeyId: key.id, status: '404', ...filterOf(call) },
    lesson: { what: of.route, upTo: null },
    quietMs: hours(2),
  }); // prettier-ignore
}
