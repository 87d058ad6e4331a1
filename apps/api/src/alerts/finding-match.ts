/** Findings as rules see them: which of them a rule is about, and those of before. */
import { alertSeverities, type AlertSeverity, type DetectorName, type FindingSubjectKind } from '@pinebill/contract';
import { lastSequence } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import type { BodyFilter } from '../audit-logs';
import { findingColumns, namesOfSubjects, toFindingView, type FindingRow } from '../detections';
import type { Watch } from './alert-rule';

/** Ids of findings and records are uuids; of a subject as the API writes it. */
export type FindingForAlerts = {
  id: string;
  detector: DetectorName;
  /** `label`: for people, the name of a key. */
  subject: { kind: FindingSubjectKind; id: string; label: string };
  severity: AlertSeverity;
  openedAt: Date;
  incidentId: string | null;
  /** In the time of the calls. */
  from: Date;
  to: Date;
  count: number;
  seen: unknown;
  normal: unknown;
  threshold: unknown;
  samples: readonly string[];
  /** Of its own time: the filter of a finding has none. */
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
      ...{ openedAt: row.opened_at, incidentId: row.incident_id },
      subject: { kind: subject.kind, id: subject.id, label: subject.name },
      ...{ ...row.facts, count, samples: row.samples, filter: { ...ofTime(row), ...filter } },
    };
  });
}

/** Up to its last call, which is one of them. */
const ofTime = ({ began_at: from, ended_at: to }: FindingRow): BodyFilter => ({
  from: from.toISOString(),
  to: new Date(to.getTime() + 1).toISOString(),
});

/** When it was as severe as it is here: as the rules heard of it. */
export type ArrivedFinding = FindingForAlerts & { arrivedAt: Date };

/** Those that a rule which is made at `from` hears of until `to`: new ones, ones that grow in severity, and ones that go on. Newest first, one more than `most`. */
export async function findingsBetween(
  tx: EntityManager,
  { organizationId }: { organizationId: string },
  { from, to, most }: { from: Date; to: Date; most: number },
): Promise<ArrivedFinding[]> {
  const columns = findingColumns.split(',').map((name) => `f.${name.trim()}`).filter((name) => name !== 'f.severity'); // prettier-ignore
  const rows = await tx.query<(FindingRow & { arrived_at: Date })[]>(
    `select ${columns.join(', ')}, s.severity, greatest(s.at, $2) as arrived_at from finding_severity s join finding f on f.organization_id = s.organization_id and f.id = s.finding_id
     where s.organization_id = $1 and s.at < $3 and greatest(s.at, f.ended_at) >= $2 order by arrived_at desc, f.id desc limit $4`,
    [organizationId, from, to, most + 1],
  );
  const findings = await forAlerts(tx, organizationId, rows);
  return findings.flatMap((finding, index) => ({ ...finding, arrivedAt: rows[index]?.arrived_at ?? finding.openedAt }));
}

/** Kept in the transaction that stores the finding; only of those that rules hear of. */
export const keepSeverity = (tx: EntityManager, organizationId: string, { id, severity }: FindingRow, now: Date): Promise<unknown> =>
  tx.query('insert into finding_severity (organization_id, finding_id, severity, at) values ($1, $2, $3, $4) on conflict do nothing', [
    ...[organizationId, id, severity, now],
  ]);

/** The time that detection has looked at. `to` is null when it has seen all there is; `from` is null when it has seen nothing yet. */
export async function lookedAt(
  tx: EntityManager,
  { organizationId }: { organizationId: string },
): Promise<{ from: Date | null; to: Date | null }> {
  const [row] = await tx.query<{ began: Date | null; until: Date | null; sequence: string | null }[]>(
    `select least((select min(until) from detection_step where organization_id = $1), (select min(at) from finding_severity where organization_id = $1)) as began,
       coalesce(c.advanced_until, (select max(at) from finding_severity where organization_id = $1)) as until, c.sequence
     from (select) one left join detection_cursor c on c.organization_id = $1`,
    [organizationId],
  );
  const isAll = Number(row?.sequence ?? 0) >= (await lastSequence(tx, organizationId));
  return { from: row?.began ?? null, to: isAll ? null : (row?.until ?? null) };
}
