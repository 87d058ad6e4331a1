/**
 * A key that is revoked, expired, rotated out, disabled or quarantined is tried. In the first minutes after its last good call that is a program that is being restarted;
 * from a network that the key was never used from it is told at once.
 */
import { networkOf } from '../address';
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import type { Life } from '../key-view';
import { find, type Places } from '../places';
import { hours, ofKey } from '../signs';

const name = 'retiredKeyUse';
/** A quarantined key may still read, and is answered 403; the others are answered 401. */
export const endedReasons = ['revoked_key', 'expired_key', 'rotated_out', 'disabled_key', 'quarantined_key'] as const;
const ended: ReadonlySet<string> = new Set(endedReasons);
type Kept = { firstAt: number; lastAt: number; count: number; ids: string[] };
const QUIET_MS = hours(48);

export const retiredKeyUse: Detector = {
  name,
  observe(call, memory) {
    if (call.keyId === null || call.reason === null || !ended.has(call.reason)) return;
    const kept = memory.cell<Kept>('key', call.keyId, name, () => ({ firstAt: call.at, lastAt: call.at, count: 0, ids: [] }));
    if (call.at - kept.lastAt > QUIET_MS) Object.assign(kept, { firstAt: call.at, count: 0, ids: [] });
    kept.lastAt = Math.max(kept.lastAt, call.at);
    kept.count += 1;
    kept.ids = [...kept.ids, call.id].slice(-5);
    const { graceMinutes } = memory.norms.settings[name];
    const { cells } = memory.subjects.part('key', call.keyId);
    // A key that was never seen to work has nothing to finish.
    const since = (cells['life'] as Life | undefined)?.lastAt ?? 0;
    const isStranger = isFromElsewhere(call, cells['places'] as Places | undefined);
    if (!isStranger && call.at - since < graceMinutes * 60_000) return;
    tell(call, call.keyId, { kept, isStranger }, memory);
  },
};

const isFromElsewhere = ({ ip }: Call, places: Places | undefined): boolean =>
  ip !== null && places !== undefined && places.networks.length > 0 && find(places.networks, networkOf(ip)) === null;

function tell(call: Call, keyId: string, { kept, isStranger }: { kept: Kept; isStranger: boolean }, { norms, episodes }: Memory): void {
  const subject = ofKey(keyId);
  const reason = call.reason ?? '';
  if (norms.isAccepted(name, subject, reason, 0)) return;
  episodes.raise({
    detector: name, subject, strand: '', at: call.at, from: kept.firstAt, count: kept.count, ids: kept.ids,
    severity: isStranger ? 'high' : reason === 'expired_key' ? 'low' : 'medium',
    seen: { attempts: kept.count, reason, fromNetworkOfTheKey: isStranger ? 'no' : 'yes' },
    normal: {},
    threshold: { attempts: 1, minutesAfterLastUse: norms.settings[name].graceMinutes },
    filter: { apiKeyId: keyId, reason: endedReasons.join(',') },
    lesson: { what: reason, upTo: null },
    quietMs: QUIET_MS,
  }); // prettier-ignore
}
