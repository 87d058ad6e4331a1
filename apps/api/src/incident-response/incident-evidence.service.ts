/**
 * Records of the log as evidence: copies, taken when somebody says that a record matters. Retention goes on in the log as the plan says; a copy stays until the
 * incident is closed and its hold is released (ADR 0028).
 */
import { Injectable } from '@nestjs/common';
import type { StoredRecord } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { AuditLogsService, type LogRecord } from '../audit-logs';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';

export const MOST_EVIDENCE = 1_000;

export type Evidence = { stored: StoredRecord; shown: LogRecord };

@Injectable()
export class IncidentEvidence {
  constructor(
    private readonly logs: AuditLogsService,
    private readonly clock: Clock,
  ) {}

  /** Throws when one of them is not there, or is not for this reader. */
  read(tx: EntityManager, actor: Actor, recordIds: readonly string[]): Promise<Evidence[]> {
    return this.logs.within(tx, actor, recordIds);
  }

  /** Returns how many are new: a record is evidence once, as it was when it was first added. The incident is locked, or new. */
  async keep(tx: EntityManager, actor: Actor, incidentId: string, evidence: readonly Evidence[]): Promise<number> {
    const { organizationId } = actor;
    const now = this.clock.now();
    let added = 0;
    for (const { stored, shown } of evidence) {
      const rows = await tx.query<unknown[]>(
        `insert into incident_evidence (organization_id, incident_id, record_id, occurred_at, sequence, anonymous, record, added_at, added_by, added_by_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning 1`,
        [
          ...[organizationId, incidentId, stored.id, stored.startedAt, stored.sequence, stored.actorType === 'anonymous'],
          ...[JSON.stringify(shown), now, actor.id, actor.name],
        ],
      );
      added += rows.length;
    }
    const [row] = await tx.query<{ held: string }[]>(
      'select count(*) as held from incident_evidence where organization_id = $1 and incident_id = $2',
      [organizationId, incidentId],
    );
    if (Number(row?.held) > MOST_EVIDENCE)
      throw new AppError('too_much_evidence', {
        detail: `An incident holds at most ${MOST_EVIDENCE} records as evidence, so none was added. The extent of the incident counts all of them.`,
      });
    return added;
  }
}
