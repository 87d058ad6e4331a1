/**
 * Many 401s: of one address, of one unknown key from several addresses, or of many addresses together that each stay below the bound. A key
 * that has ended is retiredKeyUse; a session that has ended is nobody's attempt.
 */
import { sourceOf } from '../address';
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import { count, emptyWindow, minutes, slide, startOf, type Window } from '../measures/window';
import { emptySet, see, type SeenSet } from '../measures/seen-set';

const name = 'unauthorizedBurst';
const notAttempts: ReadonlySet<string> = new Set([
  'revoked_key',
  'expired_key',
  'rotated_out',
  'disabled_key',
  'no_session',
  'second_factor_required',
  'invalid_signature',
]);

/** In the grammar of the log: what is counted, and nothing else. */
const attempts = { status: '401', reason: `!${[...notAttempts].join(',')}` } as const;

type OfAddress = { refused: Window; all: Window };
type OfMany = { refused: Window; addresses: SeenSet; since: number };

const newOfMany = (): OfMany => ({ refused: emptyWindow(), addresses: emptySet(), since: 0 });
const HOUR = minutes(60);
const QUARTER = minutes(15);
const minuteMs = 60_000;

export const unauthorizedBurst: Detector = {
  name,
  observe(call, memory) {
    if (call.ip === null) return;
    const source = sourceOf(call.ip);
    const isRefused = isAttempt(call);
    // What nobody needs a key for is no sign of good faith: whoever guesses can ask for it between two guesses.
    if (!isRefused && (!isOfSomebody(call) || !isKnown(source, memory))) return;
    const span = minutes(memory.norms.settings[name].windowMinutes);
    const kept = memory.cell<OfAddress>('address', source, name, () => ({ refused: emptyWindow(), all: emptyWindow() }));
    count(kept.all, call.at, span);
    if (!isRefused) return;
    count(kept.refused, call.at, span, call.id);
    if (byAddress(call, source, kept, memory)) return;
    if (call.keyFingerprint !== null && byFingerprint(call, source, call.keyFingerprint, memory)) return;
    together(call, source, memory);
  },
};

/** Of an address without a refusal nothing is kept: most addresses are like that. */
const isKnown = (source: string, { subjects }: Memory): boolean => subjects.peek('address', source)?.cells[name] !== undefined;
const isOfSomebody = ({ actor, status }: Call): boolean => actor !== 'anonymous' && status !== 401;
const isAttempt = ({ status, reason }: Call): boolean => status === 401 && !(reason !== null && notAttempts.has(reason));

function byAddress(call: Call, source: string, { refused, all }: OfAddress, { norms, episodes }: Memory): boolean {
  const { calls, share, callsWhatever, windowMinutes, quietMinutes } = norms.settings[name];
  const subject = { kind: 'address', id: source } as const;
  const isOpen = episodes.isOpen({ detector: name, subject, strand: '' }, call.at);
  const isMuch = refused.total >= calls && (refused.total >= all.total * share || refused.total >= callsWhatever);
  if (!isOpen && !isMuch) return false;
  if (norms.isAccepted(name, subject, 'address', refused.total)) return true;
  return episodes.raise({
    detector: name, subject, strand: '', at: call.at, from: startOf(refused, call.at), count: refused.total, ids: refused.ids,
    severity: refused.total >= calls * 8 ? 'high' : 'medium',
    seen: { refusedInWindow: refused.total, callsInWindow: all.total, windowMinutes },
    normal: {},
    threshold: { refusedInWindow: calls, shareOfItsCalls: share, refusedInAnyCase: callsWhatever },
    filter: { ip: source, ...attempts },
    lesson: { what: 'address', upTo: refused.total },
    quietMs: quietMinutes * minuteMs,
  }); // prettier-ignore
}

function byFingerprint(call: Call, source: string, fingerprint: string, memory: Memory): boolean {
  const { fingerprintCalls, fingerprintAddresses, quietMinutes } = memory.norms.settings[name];
  const kept = memory.cell('fingerprint', fingerprint, name, newOfMany);
  addTo(kept, call, source, HOUR.buckets);
  const subject = { kind: 'keyFingerprint', id: fingerprint } as const;
  const isOpen = memory.episodes.isOpen({ detector: name, subject, strand: '' }, call.at);
  if (!isOpen && (kept.refused.total < fingerprintCalls || kept.addresses.members.length < fingerprintAddresses)) return false;
  if (memory.norms.isAccepted(name, subject, 'fingerprint', kept.refused.total)) return true;
  return memory.episodes.raise({
    detector: name, subject, strand: '', at: call.at, from: startOf(kept.refused, call.at), count: kept.refused.total, ids: kept.refused.ids,
    severity: 'high',
    seen: { refusedInHour: kept.refused.total, addresses: kept.addresses.members.length },
    normal: {},
    threshold: { refusedInHour: fingerprintCalls, addresses: fingerprintAddresses },
    filter: { keyFingerprint: fingerprint, ...attempts },
    lesson: { what: 'fingerprint', upTo: kept.refused.total },
    quietMs: quietMinutes * minuteMs,
  }); // prettier-ignore
}

function together(call: Call, source: string, memory: Memory): void {
  const { organizationCalls, organizationAddresses, quietMinutes } = memory.norms.settings[name];
  const kept = memory.cell('organization', '', name, newOfMany);
  addTo(kept, call, source, QUARTER.buckets);
  const subject = { kind: 'organization', id: '' } as const;
  const isOpen = memory.episodes.isOpen({ detector: name, subject, strand: '' }, call.at);
  if (!isOpen && (kept.refused.total < organizationCalls || kept.addresses.members.length < organizationAddresses)) return;
  if (memory.norms.isAccepted(name, subject, 'organization', kept.refused.total)) return;
  memory.episodes.raise({
    detector: name, subject, strand: '', at: call.at, from: startOf(kept.refused, call.at), count: kept.refused.total, ids: kept.refused.ids,
    severity: 'high',
    seen: { refusedInQuarterHour: kept.refused.total, addresses: kept.addresses.members.length },
    normal: {},
    threshold: { refusedInQuarterHour: organizationCalls, addresses: organizationAddresses },
    filter: attempts,
    lesson: { what: 'organization', upTo: kept.refused.total },
    quietMs: quietMinutes * minuteMs,
  }); // prettier-ignore
}

/** The addresses are those since the window was last empty, or full of others: a set can't forget one by one. */
function addTo(kept: OfMany, call: Call, source: string, windowMinutes: number): void {
  slide(kept.refused, call.at, minutes(windowMinutes));
  if (kept.refused.total === 0 || call.at - kept.since > 2 * windowMinutes * minuteMs) {
    kept.addresses = emptySet();
    kept.since = call.at;
  }
  count(kept.refused, call.at, minutes(windowMinutes), call.id);
  see(kept.addresses, source, 200);
}
