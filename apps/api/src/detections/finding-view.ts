/** The one function that decides what of a finding leaves. */
import { detectors, type FindingSubjectKind } from '@pinebill/contract';
import { typeId, typeIdOrNull } from '../platform/ids';
import type { LogRecord } from '../audit-logs';
import type { FindingDetail, FindingSubject, FindingView } from './findings.dto';
import type { FindingRow } from './findings.queries';

export type Naming = { organizationId: string; names: ReadonlyMap<string, string> };

const gone: Partial<Record<FindingSubjectKind, string>> = { key: 'A key that is gone', person: 'Somebody who has left' };

function subjectOf({ subject_kind: kind, subject_ref: ref }: FindingRow, { organizationId, names }: Naming): FindingSubject {
  if (kind === 'organization') return { kind, id: typeId('org', organizationId), name: 'The organization' };
  if (kind === 'key' || kind === 'person') return { kind, id: ref, name: names.get(ref) ?? gone[kind] ?? ref };
  return { kind, id: ref, name: kind === 'keyFingerprint' ? `Unknown key ${ref}` : ref };
}

const fieldsOf = (row: FindingRow, naming: Naming) => ({
  id: typeId('fnd', row.id),
  detector: row.detector,
  title: detectors[row.detector].title,
  subject: subjectOf(row, naming),
  severity: row.severity,
  state: row.state,
  count: Number(row.count),
  openedAt: row.opened_at.toISOString(),
  from: row.began_at.toISOString(),
  to: row.ended_at.toISOString(),
  lastSeenAt: row.last_seen_at.toISOString(),
  filter: row.filter,
  sampleIds: row.samples.map((id) => typeId('log', id)),
  incidentId: typeIdOrNull('inc', row.incident_id),
  decision:
    row.decided_at === null ? null : { by: row.decided_by_name ?? '', at: row.decided_at.toISOString(), because: row.because ?? '' },
});

export const toFindingView = (row: FindingRow, naming: Naming): FindingView => fieldsOf(row, naming);

export function toFindingDetail(row: FindingRow, naming: Naming, samples: LogRecord[]): FindingDetail {
  const { meaning, causes, advice, document } = detectors[row.detector];
  const { seen, normal, threshold } = row.facts;
  return {
    ...fieldsOf(row, naming),
    ...{ meaning, seen, normal, threshold, causes: [...causes], advice: [...advice], document, samples },
  };
}
