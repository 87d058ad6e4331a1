/** Findings as rules see them: which of them a rule is about, and those of before. */
import { alertSeverities, type AlertSeverity, type DetectorName, type FindingSubjectKind } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { BodyFilter } from '../audit-logs';
import { namesOfSubjects, toFindingView, type FindingRow } from '../detections';
import type { Watch } from './alert-rule';

/** Ids of findings and records are uuids; of a subject as the API writes it. */
export type FindingForAlerts = {
  id: string;
  detector: DetectorName;
  /** `label`: for people, the name of a key. */
  subject: { kind: FindingSubjectKind; id: string; label: string };
  severity: AlertSeverity;
  /** In the time of the calls. */
  from: Date;
  to: Date;
  count: number;
  seen: unknown;
  normal: unknown;
  threshold: unknown;
  samples: readonly string[];
  filter: BodyFilter;
};

const rank = (severity: AlertSeverity): number => alertSeverities.indexOf(severity);

export function fits(
  { detectors, leastSeverity, subjects }: Extract<Watch, { kind: 'detector' }>,
  { detector, severity, subject }: Pick<FindingForAlerts, 'detector' | 'severity' | 'subject'>,
): boolean {
  return (
    (detectors === null || detectors.includes(detector)) &&
    rank(severity) >= rank(leastSeverity) &&
    (subjects === null || subjects.some(({ kind, value }) => kind === subject.kind && (value === null || value === subject.id)))
  );
}

/** What a rule about findings pauses by. */
export const findingGroup = ({ detector, subject }: Pick<FindingForAlerts, 'detector' | 'subject'>): string =>
  `${detector} ${subject.kind} ${subject.id}`;

export async function forAlerts(tx: EntityManager, organizationId: string, rows: readonly FindingRow[]): Promise<FindingForAlerts[]> {
  const names = await namesOfSubjects(tx, { organizationId }, rows);
  return rows.map((row) => {
    const { subject, count, filter } = toFindingView(row, { organizationId, names });
    return {
      ...{ id: row.id, detector: row.detector, severity: row.severity, from: row.began_at, to: row.ended_at },
      subject: { kind: subject.kind, id: subject.id, label: subject.name },
      ...{ ...row.facts, count, samples: row.samples, filter: { ...filter } },
    };
  });
}

/** Newest first, one more than `most`. */
export async function findingsBetween(
  tx: EntityManager,
  { organizationId }: { organizationId: string },
  { from, to, most }: { from: Date; to: Date; most: number },
): Promise<FindingForAlerts[]> {
  const rows = await tx.query<FindingRow[]>(
    `select id, detector, subject_kind, subject_ref, episode, severity, state, opened_at, began_at, ended_at, last_seen_at, count, facts, filter, samples, incident_id,
       decided_by_name, decided_at, because from finding where organization_id = $1 and began_at >= $2 and began_at < $3 order by began_at desc, id desc limit $4`,
    [organizationId, from, to, most + 1],
  );
  return forAlerts(tx, organizationId, rows);
}
