/** What a key is at a moment: a pure function of its dates. The SQL beside it says the same for the list's filter; a spec holds them together. */
import type { KeyState } from '@pinebill/contract';
import type { KeyPolicy } from './key-policy';

export type KeyDates = {
  expiresAt: Date | null;
  disabledAt: Date | null;
  quarantinedAt: Date | null;
  /** After a rotation: until then the old secret works. */
  rotatedOutAt: Date | null;
  revokedAt: Date | null;
};

const DAY_MS = 86_400_000;
/**
 * A key that ends within this time is `expiring`, unless the organization says otherwise. The door says so by this, whatever the organization says: the
 * state that stands in a record does not depend on a setting of the moment.
 */
export const EXPIRING_DAYS = 14;

const reached = (at: Date | null, now: Date): boolean => at !== null && at <= now;

/** What somebody has done holds from then on, also where the clock is behind theirs; only ends that were set for later are asked for the time. */
export function keyState(key: KeyDates, now: Date, expiringDays: number = EXPIRING_DAYS): KeyState {
  if (key.revokedAt !== null) return 'revoked';
  if (reached(key.expiresAt, now)) return 'expired';
  if (reached(key.rotatedOutAt, now)) return 'rotatedOut';
  if (key.disabledAt !== null) return 'disabled';
  if (key.quarantinedAt !== null) return 'quarantined';
  const soon = new Date(now.getTime() + expiringDays * DAY_MS);
  return reached(key.expiresAt, soon) || key.rotatedOutAt !== null ? 'expiring' : 'active';
}

/** `now` is the number of a timestamptz parameter. */
export const keyStateSql = (now: string, expiringDays: number = EXPIRING_DAYS): string => `case
  when revoked_at is not null then 'revoked' when expires_at <= ${now} then 'expired' when rotated_out_at <= ${now} then 'rotatedOut'
  when disabled_at is not null then 'disabled' when quarantined_at is not null then 'quarantined'
  when expires_at <= ${now}::timestamptz + interval '${expiringDays} days' or rotated_out_at is not null then 'expiring' else 'active' end`;

/** Still in use, and older than the rotation term. */
export const rotationDue = (
  state: KeyState,
  createdAt: Date,
  { now, rotationDays }: { now: Date } & Pick<KeyPolicy, 'rotationDays'>,
): boolean => (state === 'active' || state === 'expiring') && now.getTime() - createdAt.getTime() >= rotationDays * DAY_MS;
/** No accepted request for this long, or never since it was made. */
export const idle = (state: KeyState, lastUse: Date, { now, idleDays }: { now: Date } & Pick<KeyPolicy, 'idleDays'>): boolean =>
  (state === 'active' || state === 'expiring') && now.getTime() - lastUse.getTime() >= idleDays * DAY_MS;

type DateColumns = {
  expires_at: Date | null;
  disabled_at: Date | null;
  quarantined_at: Date | null;
  rotated_out_at: Date | null;
  revoked_at: Date | null;
};
export const datesOf = (row: DateColumns): KeyDates => ({
  expiresAt: row.expires_at,
  disabledAt: row.disabled_at,
  quarantinedAt: row.quarantined_at,
  rotatedOutAt: row.rotated_out_at,
  revokedAt: row.revoked_at,
});
