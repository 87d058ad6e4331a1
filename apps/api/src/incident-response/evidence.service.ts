/** The evidence of an incident as it is asked for and added to. Members add none: they see what the admins have to go by. */
import { Injectable } from '@nestjs/common';
import { AuditLogsService, type LogRecord } from '../audit-logs';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { requireId } from '../platform/ids';
import { readLimit, readQuery, readText } from '../platform/query';
import { requirePossible } from './describing';
import type { AddEvidence } from './handling.dto';
import type { AddedEvidence, IncidentEvidencePage, IncidentEvidenceRow } from './handling-view.dto';
import { IncidentEvents } from './incident-events.service';
import { IncidentEvidence } from './incident-evidence.service';
import { personOf } from './incident-view';
import { countsOf, getIncident } from './incidents.queries';

type Row = { record_id: string; occurred_at: Date; record: LogRecord; added_at: Date; added_by: string | null; added_by_name: string };

@Injectable()
export class EvidenceService {
  constructor(
    private readonly tenant: Tenant,
    private readonly evidence: IncidentEvidence,
    private readonly logs: AuditLogsService,
    private readonly events: IncidentEvents,
  ) {}

  list(actor: Actor, id: string, parameters: unknown): Promise<IncidentEvidencePage> {
    const uuid = requireId('inc', id);
    const query = readQuery(parameters, ['limit', 'cursor']);
    const [limit, cursor] = [readLimit(query), readText(query, 'cursor')];
    const binding: CursorBinding = { list: 'incident-evidence', organizationId: actor.organizationId, order: 'asc', filter: { uuid } };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      await getIncident(tx, actor, uuid);
      const rows = await tx.query<Row[]>(
        `select record_id, occurred_at, record, added_at, added_by, added_by_name from incident_evidence
         where organization_id = $1 and incident_id = $2 and ($3::timestamptz is null or (occurred_at, record_id) > ($3, $4::uuid))
           and not (anonymous and $6) order by occurred_at, record_id limit $5`,
        [actor.organizationId, uuid, after?.at ?? null, after?.id ?? null, limit + 1, await this.logs.hidesAnonymousFrom(tx, actor)],
      );
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.occurred_at, id: row.record_id }), view: toRow });
    });
  }

  add(actor: Actor, id: string, { logIds }: AddEvidence): Promise<AddedEvidence> {
    const uuid = requireId('inc', id);
    const recordIds = logIds.map((one) => requireId('log', one));
    return this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid, 'lock');
      requirePossible('addEvidence', incident);
      const added = await this.evidence.keep(tx, actor, uuid, await this.evidence.read(tx, actor, recordIds));
      if (added > 0) await this.events.record(tx, actor, incident, { kind: 'evidenceAdded', data: { added, logIds } });
      return { added, total: (await countsOf(tx, actor, uuid)).evidence };
    });
  }
}

const toRow = ({ record, added_at, added_by, added_by_name }: Row): IncidentEvidenceRow => ({
  record,
  addedAt: added_at.toISOString(),
  addedBy: personOf({ id: added_by, name: added_by_name }),
});
