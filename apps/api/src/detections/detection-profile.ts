/** What is known of an organization before its log is looked at: what people have approved and what they have called normal, and which keys are no longer in use. */
import type { DetectorName, FindingSubjectKind, NormalHours, NormalUsageDocument } from '@pinebill/contract';
import { nothingSaid, type DetectionProfile, type NormalUsage } from '@pinebill/detection';
import type { EntityManager } from 'typeorm';
import { typeId } from '../platform/ids';
import { settingOf } from './detection-state.queries';

const MOST_ACCEPTED = 2_000;

type Lesson = DetectionProfile['accepted'][number]['lesson'];
type AcceptedRow = { detector: DetectorName; subject_kind: FindingSubjectKind; subject_ref: string; lesson: Lesson };

/** With what decides which calls are read: a replay reads the same. */
export type StoredProfile = DetectionProfile & { includesPeople: boolean };

export async function profileOf(tx: EntityManager, organizationId: string, now: Date): Promise<StoredProfile> {
  const usages = await tx.query<{ api_key_id: string | null; document: NormalUsageDocument }[]>(
    `select api_key_id, document from normal_usage where organization_id = $1 and state = 'approved' order by api_key_id`,
    [organizationId],
  );
  // A finding that is taken for normal stays so, however long ago that was said: the newest count where there are too many.
  const accepted = await tx.query<AcceptedRow[]>(
    `select detector, subject_kind, subject_ref, facts -> 'lesson' as lesson from finding where organization_id = $1 and state = 'normal'
     order by decided_at desc, id limit $2`,
    [organizationId, MOST_ACCEPTED],
  );
  const keys = await tx.query<{ id: string; replaces: string | null; is_retired: boolean; is_quarantined: boolean }[]>(
    `select id, replaces, is_retired, is_quarantined from (select id, replaces, quarantined_at is not null as is_quarantined, revoked_at is not null or disabled_at is not null or rotated_out_at is not null
         or coalesce(expires_at <= $2, false) as is_retired from api_key where organization_id = $1) k
     where is_retired or is_quarantined or replaces is not null order by id`,
    [organizationId, now],
  );
  const ofKeys = usages.filter((usage): usage is typeof usage & { api_key_id: string } => usage.api_key_id !== null);
  const ofOrganization = usages.find(({ api_key_id: key }) => key === null);
  const { includesPeople } = await settingOf(tx, organizationId);
  return {
    includesPeople,
    settings: {},
    organization: ofOrganization ? usageOf(ofOrganization.document) : nothingSaid,
    keys: Object.fromEntries(ofKeys.map(({ api_key_id: key, document }) => [typeId('key', key), usageOf(document)])),
    accepted: accepted.map(({ detector, subject_kind: kind, subject_ref: id, lesson }) => ({ detector, subject: { kind, id }, lesson })),
    retiredKeys: keys.flatMap(({ id, is_retired }) => (is_retired ? [typeId('key', id)] : [])),
    quarantinedKeys: keys.flatMap(({ id, is_quarantined }) => (is_quarantined ? [typeId('key', id)] : [])),
    successors: Object.fromEntries(keys.flatMap(({ id, replaces }) => (replaces ? [[typeId('key', id), typeId('key', replaces)]] : []))),
  };
}

export const usageOf = ({ hours, networks, agents, endpoints, perHour, countries }: NormalUsageDocument): NormalUsage => ({
  ...{ networks, agents, endpoints, countries },
  hours: hours && hoursOfWeek(hours),
  callsPerHour: perHour,
});

/** 0 is Monday from 0 to 1 o'clock, UTC; 167 is the last hour of Sunday. */
export function hoursOfWeek(ranges: readonly NormalHours[]): number[] {
  const hours = ranges.flatMap(({ days, fromHour, toHour }) =>
    days.flatMap((day) => Array.from({ length: Math.max(0, toHour - fromHour) }, (_, index) => (day - 1) * 24 + fromHour + index)),
  );
  return [...new Set(hours)].sort((a, b) => a - b);
}
