/**
 * Our own failures (5xx): of the whole organization, in several minutes and far above what is usual; or of one key at one endpoint while others are served, which is a
 * request that brings us to fail. The minute of a deploy is not it, nor is announced maintenance.
 */
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import { cellOf, type KeyView } from '../key-view';
import { DAY_MS } from '../measures/rhythm';
import { endpointOf, filterOf, ofRoute } from '../measures/of-route';
import { isWorthTelling, newStreak, note, shareOf, type Streak } from '../measures/streak';
import { count, emptyWindow, minutes, slide, startOf, type Window } from '../measures/window';
import { hours, ofKey, rounded } from '../signs';

const name = 'serverErrorRate';
const HALF_HOUR = minutes(30);
const MOST_ROUTES = 10;
type OfAll = {
  errors: Window;
  all: Window;
  keys: [key: string, at: number][];
  /** Of each minute of the last half hour that has errors, whose they are; missing in what was remembered before. */
  minutes?: [minute: number, key: string][];
  days: [day: number, errors: number, calls: number][];
};
/** Of more than one key. */
const SEVERAL = '*';
type OfRoute = { route: string; streak: Streak };

const isError = ({ status, reason }: Call): boolean => status !== null && status >= 500 && status !== 501 && reason !== 'maintenance';

export const serverErrorRate: Detector = {
  name,
  observe(call, memory) {
    const failed = isError(call);
    const kept = memory.cell<OfAll>('organization', '', name, () => ({ errors: emptyWindow(), all: emptyWindow(), keys: [], days: [] }));
    noteDay(kept, call.at, failed);
    count(kept.all, call.at, HALF_HOUR);
    if (failed) {
      count(kept.errors, call.at, HALF_HOUR, call.id);
      noteMinute(kept, call);
      kept.keys = [...kept.keys, [call.keyId ?? '', call.at] as [string, number]].slice(-20);
      ofOrganization(call, kept, memory);
    }
    if (memory.key !== null && (failed || memory.key.part.cells[name] !== undefined)) ofOneKey(call, memory.key, memory);
  },
};

function noteDay(kept: OfAll, at: number, failed: boolean): void {
  const day = Math.floor(at / DAY_MS);
  let last = kept.days.at(-1);
  if (last === undefined || last[0] < day) {
    last = [day, 0, 0];
    kept.days = [...kept.days, last].slice(-8);
  }
  last[2] += 1;
  if (failed) last[1] += 1;
}

function noteMinute(kept: OfAll, { at, keyId }: Call): void {
  const [minute, key] = [Math.floor(at / 60_000), keyId ?? ''];
  kept.minutes = (kept.minutes ?? []).filter(([one]) => minute - one < 30).slice(-60);
  const known = kept.minutes.find(([one]) => one === minute);
  if (known === undefined) kept.minutes.push([minute, key]);
  else if (known[1] !== key) known[1] = SEVERAL;
}

/** So many minutes have errors that are not only of the key that has most minutes: its own trouble, and the minute of another's deploy, are not ours. */
function minutesOfOthers({ minutes: all = [] }: OfAll): number {
  const ofKeys = new Map<string, number>();
  for (const [, key] of all) ofKeys.set(key, (ofKeys.get(key) ?? 0) + 1);
  ofKeys.delete(SEVERAL);
  return all.length - Math.max(0, ...ofKeys.values());
}

/** Of the days before this one. */
function usualShare({ days }: OfAll): number {
  const before = days.slice(0, -1);
  return (
    before.reduce((sum, [, errors]) => sum + errors, 0) /
    Math.max(
      1,
      before.reduce((sum, [, , calls]) => sum + calls, 0),
    )
  );
}

/** The share that one key has of the latest errors of this half hour. */
function mostOfOne(keys: OfAll['keys'], now: number): number {
  const lately = keys.filter(([, at]) => now - at < 30 * 60_000).map(([key]) => key);
  return Math.max(...lately.map((key) => lately.filter((other) => other === key).length)) / lately.length;
}

function ofOrganization(call: Call, kept: OfAll, { norms, episodes }: Memory): void {
  const { errors, share, minutes: inMinutes, otherMinutes, timesUsual, oneKeyShare, quietMinutes } = norms.settings[name];
  const what = { detector: name, subject: { kind: 'organization', id: '' }, strand: '' } as const;
  slide(kept.all, call.at, HALF_HOUR);
  const now = kept.errors.total / Math.max(1, kept.all.total);
  const usual = usualShare(kept);
  const isMany = kept.errors.total >= errors && kept.errors.buckets.length >= inMinutes && now >= Math.max(share, usual * timesUsual);
  const isOfMany = isMany && mostOfOne(kept.keys, call.at) < oneKeyShare && minutesOfOthers(kept) >= otherMinutes;
  if (!isOfMany && !episodes.isOpen(what, call.at)) return;
  if (norms.isAccepted(name, what.subject, '*', kept.errors.total)) return;
  episodes.raise({
    ...what, at: call.at, from: startOf(kept.errors, call.at), count: kept.errors.total, ids: kept.errors.ids,
    severity: now >= 0.5 ? 'critical' : 'high',
    seen: { errorsInHalfHour: kept.errors.total, calls: kept.all.total, share: rounded(now) },
    normal: { share: rounded(usual), learntDays: Math.max(0, kept.days.length - 1) },
    threshold: { errors, share: rounded(Math.max(share, usual * timesUsual)), inMinutes },
    filter: { status: '5xx' },
    lesson: { what: '*', upTo: kept.errors.total },
    quietMs: quietMinutes * 60_000,
  }); // prettier-ignore
}

function ofOneKey(call: Call, key: KeyView, memory: Memory): void {
  const { outcomes, keyShare } = memory.norms.settings[name];
  const route = endpointOf(call);
  const begin = (): OfRoute => ({ route, streak: newStreak(call.at) });
  const of = ofRoute(
    cellOf<OfRoute[]>(key, name, () => []),
    route,
    isError(call) ? begin : null,
    MOST_ROUTES,
  );
  if (of === null) return;
  note(of.streak, isError(call) ? 'failed' : '', call, { outcomes, share: keyShare });
  if (isError(call)) judgeKey(call, key, of, memory);
}

function judgeKey(call: Call, key: KeyView, { route, streak }: OfRoute, memory: Memory): void {
  const { outcomes, keyShare, keyErrors, keyMinutes } = memory.norms.settings[name];
  const { since, count: failures, ids } = streak;
  if (since === null || failures < keyErrors || call.at - since < keyMinutes * 60_000) return;
  // What everybody suffers from is told of the organization.
  if (memory.episodes.isOpen({ detector: name, subject: { kind: 'organization', id: '' }, strand: '' }, call.at)) return;
  const isOpen = memory.episodes.isOpen({ detector: name, subject: ofKey(key.id), strand: route }, call.at);
  if (!isWorthTelling(streak, isOpen, { outcomes, share: keyShare })) return;
  if (memory.norms.isAccepted(name, ofKey(key.id), route, 0)) return;
  memory.episodes.raise({
    detector: name, subject: ofKey(key.id), strand: route, at: call.at, from: since, count: failures, ids,
    severity: 'medium',
    seen: { endpoint: route, errors: failures, shareOfLatest: rounded(shareOf(streak, 'failed')) },
    normal: { shareOfCalls: rounded(streak.usual) },
    threshold: { errors: keyErrors, shareOfLatest: keyShare, latest: outcomes, minutes: keyMinutes },
    filter: { apiKeyId: key.id, status: '5xx', ...filterOf(call) },
    lesson: { what: route, upTo: null },
    quietMs: hours(6),
  }); // prettier-ignore
}
