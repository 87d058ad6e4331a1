/** What is done about each report of a leaked key, by the policy of its organization. Pure. */
import { mayDo, type LeakAction, type LeakPolicy } from '@pinebill/contract';
import { lifeOf, type KeyRow } from '../api-keys';
import type { LeakReportRow } from './leak-reports.queries';

export type Leak = { report: LeakReportRow; key: KeyRow; policy: LeakPolicy; action: LeakAction };

/** In their order: the same key may have been found at two places, and is stopped for the first. */
export function actionsOf(
  reports: readonly LeakReportRow[],
  keys: ReadonlyMap<string, KeyRow>,
  { policy, now }: { policy: LeakPolicy; now: Date },
): Leak[] {
  const current = new Map(keys);
  return reports.map((report) => {
    const key = current.get(report.api_key_id);
    if (!key) throw new Error('the key of a leak report is gone');
    const action = actionFor(key, policy, now);
    if (action === 'revoked') current.set(key.id, { ...key, revoked_at: now });
    if (action === 'quarantined') current.set(key.id, { ...key, quarantined_at: now });
    return { report, key, policy, action };
  });
}

/** A key that is refused altogether already needs no quarantine; that it is known to others is told all the same. */
function actionFor(key: KeyRow, policy: LeakPolicy, now: Date): LeakAction {
  const life = lifeOf(key, now);
  if (life.state === 'revoked') return 'alreadyRevoked';
  if (policy === 'revoke') return 'revoked';
  return policy === 'quarantine' && mayDo(life, 'quarantine') ? 'quarantined' : 'alerted';
}

/**
 * A place that is said once more is news when there is something to do about it: a key that can be used is stopped however often it is said, and one
 * that nobody stops is told of again once the incident that it was told in is over.
 */
export function isNews({ report, key, action }: Leak, { isOpen, now }: { isOpen: boolean; now: Date }): boolean {
  if (report.handled_at === null || action === 'revoked' || action === 'quarantined') return true;
  return action === 'alerted' && !isOpen && ['active', 'expiring'].includes(lifeOf(key, now).state);
}
