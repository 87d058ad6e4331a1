/** Which keys are in which section of the hygiene page, and why: pure, over what is known of each key. The order is that in which a person works it off. */
import type { KeyState } from '@pinebill/contract';
import type { KeyPolicy } from '../api-keys';
import type { SharedUse } from './shared-use';

export const sectionKinds = ['rotationOverdue', 'rotationSoon', 'expiring', 'neverUsed', 'idle', 'shared', 'unowned'] as const;
export type SectionKind = (typeof sectionKinds)[number];

const DAY_MS = 86_400_000;
/** Reminders go out so many days ahead; from the first of them on a key is in the section of what is due soon. */
export const reminderDays = [14, 7, 1] as const;
/** A key that was made a moment ago has not been "never used". */
export const NEVER_USED_GRACE_DAYS = 1;

export type KeyFacts = {
  state: KeyState;
  createdAt: Date;
  expiresAt: Date | null;
  /** The end of the overlap after a rotation: a successor is there already. */
  rotatedOutAt: Date | null;
  lastUsedAt: Date | null;
  service: string | null;
  team: string | null;
  shared: SharedUse | null;
};

export const rotationDueAt = (createdAt: Date, { rotationDays }: Pick<KeyPolicy, 'rotationDays'>): Date =>
  new Date(createdAt.getTime() + rotationDays * DAY_MS);

/** The reminder that is due: the last of those whose time has come. One that is as long as the whole term would come with the key itself. */
export function reminderStage(dueAt: Date, { now, since }: { now: Date; since: Date }): (typeof reminderDays)[number] | null {
  if (dueAt <= now) return null;
  const termMs = dueAt.getTime() - since.getTime();
  const reached = reminderDays.filter((days) => days * DAY_MS < termMs && dueAt.getTime() - now.getTime() <= days * DAY_MS);
  return reached.at(-1) ?? null;
}

/** A key works, so leaving it as it is costs something. */
const isUsable = ({ state }: Pick<KeyFacts, 'state'>): boolean => state === 'active' || state === 'expiring';
const needsOwner = ({ state }: Pick<KeyFacts, 'state'>): boolean => isUsable({ state }) || state === 'disabled' || state === 'quarantined';
const daysSince = (at: Date, now: Date): number => (now.getTime() - at.getTime()) / DAY_MS;

/** When the key ends by itself; null: never. */
export function endsAt({ expiresAt, rotatedOutAt }: Pick<KeyFacts, 'expiresAt' | 'rotatedOutAt'>): Date | null {
  if (expiresAt === null || rotatedOutAt === null) return expiresAt ?? rotatedOutAt;
  return expiresAt < rotatedOutAt ? expiresAt : rotatedOutAt;
}

type Question = (key: KeyFacts, at: { policy: KeyPolicy; now: Date }) => boolean;

/** Its successor is there when it was rotated; what ends first need not be rotated. */
const isOverdue: Question = (key, { policy, now }) =>
  isUsable(key) && key.rotatedOutAt === null && rotationDueAt(key.createdAt, policy) <= now;

const isDueSoon: Question = (key, { policy, now }) => {
  const dueAt = rotationDueAt(key.createdAt, policy);
  const end = endsAt(key);
  const toRotate = isUsable(key) && key.rotatedOutAt === null && !(end !== null && end <= dueAt);
  return toRotate && reminderStage(dueAt, { now, since: key.createdAt }) !== null;
};

const isEnding: Question = (key, { policy, now }) => {
  const end = endsAt(key);
  return isUsable(key) && end !== null && end.getTime() - now.getTime() <= policy.expiringDays * DAY_MS;
};

const questions: Record<SectionKind, Question> = {
  rotationOverdue: isOverdue,
  rotationSoon: isDueSoon,
  expiring: isEnding,
  neverUsed: (key, { now }) => isUsable(key) && key.lastUsedAt === null && daysSince(key.createdAt, now) >= NEVER_USED_GRACE_DAYS,
  idle: (key, { policy, now }) => isUsable(key) && key.lastUsedAt !== null && daysSince(key.lastUsedAt, now) >= policy.idleDays,
  shared: (key) => isUsable(key) && key.shared !== null,
  unowned: (key) => needsOwner(key) && (key.service === null || key.team === null),
};

export const sectionsOf = (key: KeyFacts, policy: KeyPolicy, now: Date): SectionKind[] =>
  sectionKinds.filter((kind) => questions[kind](key, { policy, now }));
