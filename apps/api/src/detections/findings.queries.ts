/** Rows of findings. */
import type { DetectorName, FindingSeverity, FindingState, FindingSubjectKind } from '@pinebill/contract';
import type { Facts } from '@pinebill/detection';
import type { EntityManager } from 'typeorm';
import { AppError } from '../platform/app-error';
import type { CursorPosition } from '../platform/cursor';
import { parseId, typeId, type IdPrefix } from '../platform/ids';

export type FindingFacts = { seen: Facts; normal: Facts; threshold: Facts };

export type FindingRow = {
  id: string;
  detector: DetectorName;
  subject_kind: FindingSubjectKind;
  subject_ref: string;
  episode: string;
  severity: FindingSeverity;
  state: FindingState;
  opened_at: Date;
  began_at: Date;
  ended_at: Date;
  last_seen_at: Date;
  count: string;
  facts: FindingFacts;
  filter: Record<string, string>;
  samples: string[];
  incident_id: string | null;
  decided_by_name: string | null;
  decided_at: Date | null;
  because: string | null;
};

export const findingColumns = `id, detector, subject_kind, subject_ref, episode, severity, state, opened_at, began_at, ended_at, last_seen_at, count, facts, filter,
  samples, incident_id, decided_by_name, decided_at, because`;

type Of = { organizationId: string };

/** Throws `resource_not_found`. With a lock: every decision begins with it. */
export async function getFinding(tx: EntityManager, { organizationId }: Of, id: string, lock: '' | 'lock' = ''): Promise<FindingRow> {
  const [row] = await tx.query<FindingRow[]>(
    `select ${findingColumns} from finding where organization_id = $1 and id = $2 ${lock && 'for no key update'}`,
    [organizationId, id],
  );
  if (row) return row;
  throw noSuchFinding();
}

export const noSuchFinding = (): AppError =>
  new AppError('resource_not_found', { detail: 'The organization has no finding with this id. Check the id.' });

export type FindingFilter = {
  states: readonly FindingState[] | null;
  detectors: readonly DetectorName[] | null;
  severities: readonly FindingSeverity[] | null;
  subject: { kinds: readonly FindingSubjectKind[]; ref: string } | null;
  apiKeyId: string | null;
  from: Date | null;
  to: Date | null;
};
export type FindingList = {
  filter: FindingFilter;
  order: 'asc' | 'desc';
  limit: number;
  after: CursorPosition | null;
  /** What is about nobody's requests is kept from this reader, as these requests are. */
  hidesStrangers: boolean;
};
/** Callers of nobody: in the home organization beside others only its admins see what is about them. */
export const strangers: readonly FindingSubjectKind[] = ['address', 'network', 'keyFingerprint'];
export const isAboutStranger = ({ subject_kind: kind }: FindingRow): boolean => strangers.includes(kind);

/** One more than fits. */
export function pageOfFindings(tx: EntityManager, { organizationId }: Of, list: FindingList): Promise<FindingRow[]> {
  const { filter, order, limit, after, hidesStrangers } = list;
  const { kinds = null, ref = null } = filter.subject ?? {};
  const { at = null, id = null } = after ?? {};
  return tx.query<FindingRow[]>(
    `select ${findingColumns} from finding where organization_id = $1
       and ($2::text[] is null or state = any($2)) and ($3::text[] is null or detector = any($3)) and ($4::text[] is null or severity = any($4))
       and ($5::text[] is null or (subject_kind = any($5) and subject_ref = $6)) and ($7::text is null or (subject_kind = 'key' and subject_ref = $7))
       and ($8::timestamptz is null or ended_at >= $8) and ($9::timestamptz is null or began_at < $9)
       and ($10::timestamptz is null or (opened_at, id) ${order === 'desc' ? '<' : '>'} ($10, $11::uuid))
       and not (subject_kind = any($13))
     order by opened_at ${order}, id ${order} limit $12`,
    [
      ...[organizationId, filter.states, filter.detectors, filter.severities, kinds, ref],
      ...[filter.apiKeyId, filter.from, filter.to, at, id, limit + 1],
      hidesStrangers ? strangers : [],
    ],
  );
}

/** The names of keys and people that findings are about, by their ids as the API writes them. */
export async function namesOfSubjects(
  tx: EntityManager,
  { organizationId }: Of,
  rows: readonly FindingRow[],
): Promise<ReadonlyMap<string, string>> {
  const of = (kind: FindingSubjectKind, prefix: IdPrefix): string[] =>
    rows.flatMap((row) => (row.subject_kind === kind ? (parseId(prefix, row.subject_ref) ?? []) : []));
  const [keys, people] = [of('key', 'key'), of('person', 'usr')];
  if (keys.length + people.length === 0) return new Map();
  const found = await tx.query<{ prefix: IdPrefix; id: string; name: string }[]>(
    `select 'key' as prefix, id, name from api_key where organization_id = $1 and id = any($2::uuid[])
     union all select 'usr', u.id, u.name from membership m join app_user u on u.id = m.user_id where m.organization_id = $1 and u.id = any($3::uuid[])`,
    [organizationId, keys, people],
  );
  return new Map(found.map(({ prefix, id, name }) => [typeId(prefix, id), name]));
}
