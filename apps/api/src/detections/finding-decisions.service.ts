/** What a person does about a finding: says that it is normal, takes that back, or opens an incident. */
import { Injectable } from '@nestjs/common';
import { detectors } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import { Incidents } from '../incident-response';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { parseId, requireId, typeId } from '../platform/ids';
import { FindingListeners } from './finding-listener';
import type { FindingDetail } from './findings.dto';
import { FindingsService } from './findings.service';
import { getFinding, namesOfSubjects, type FindingRow } from './findings.queries';
import { toFindingView } from './finding-view';

@Injectable()
export class FindingDecisions {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly activity: Activity,
    private readonly findings: FindingsService,
    private readonly incidents: Incidents,
    private readonly listeners: FindingListeners,
  ) {}

  /** From the next step on detection knows it, and does not find the same again. Said twice, the first one stands. */
  callNormal(actor: Actor, id: string, because: string): Promise<FindingDetail> {
    return this.decide(actor, id, async (tx, finding) => {
      if (finding.state === 'normal') return;
      await tx.query(
        `update finding set state = 'normal', decided_by = $3, decided_by_name = $4, decided_at = $5, because = $6 where organization_id = $1 and id = $2`,
        [actor.organizationId, finding.id, actor.id, actor.name, this.clock.now(), because.trim()],
      );
      const [before, after] = [{ state: finding.state }, { state: 'normal', because: because.trim() }];
      await this.activity.record(tx, {
        actor,
        action: 'finding.called_normal',
        target: await this.target(tx, actor, finding),
        before,
        after,
      });
    });
  }

  takeBack(actor: Actor, id: string): Promise<FindingDetail> {
    return this.decide(actor, id, async (tx, finding) => {
      if (finding.state !== 'normal') return;
      await tx.query(
        `update finding set state = 'open', decided_by = null, decided_by_name = null, decided_at = null, because = null where organization_id = $1 and id = $2`,
        [actor.organizationId, finding.id],
      );
      const [before, after] = [{ state: 'normal', because: finding.because }, { state: 'open' }];
      await this.activity.record(tx, {
        actor,
        action: 'finding.normal_taken_back',
        target: await this.target(tx, actor, finding),
        before,
        after,
      });
    });
  }

  /** About its subject, with its samples as evidence. Once: a finding has one incident. */
  openIncident(actor: Actor, id: string): Promise<FindingDetail> {
    return this.decide(actor, id, async (tx, finding) => {
      if (finding.incident_id !== null)
        throw new AppError('finding_has_incident', {
          detail: `The incident ${typeId('inc', finding.incident_id)} was opened from this finding already. Go on there.`,
        });
      const { subject, title, severity } = toFindingView(finding, await this.naming(tx, actor, [finding]));
      const samples = await this.findings.samplesOf(tx, actor, finding);
      const incident = await this.incidents.openWithin(tx, actor, {
        ...{ title: `${title}: ${subject.name}`.slice(0, 200), severity, ...subjectsOf(finding) },
        logIds: samples.map(({ id: log }) => requireId('log', log)),
        note: `Opened from the finding ${typeId('fnd', finding.id)}. ${detectors[finding.detector].meaning}`,
        from: { kind: 'finding', references: [finding.id] },
      });
      await tx.query('update finding set incident_id = $3 where organization_id = $1 and id = $2', [
        actor.organizationId,
        finding.id,
        incident.id,
      ]);
      await this.listeners.incidentOpened(tx, actor, finding, incident);
      const after = { incidentId: typeId('inc', incident.id), number: incident.number };
      await this.activity.record(tx, { actor, action: 'finding.incident_opened', target: await this.target(tx, actor, finding), after });
    });
  }

  private decide(actor: Actor, id: string, change: (tx: EntityManager, finding: FindingRow) => Promise<void>): Promise<FindingDetail> {
    const uuid = requireId('fnd', id);
    return this.tenant.run(actor, async (tx) => {
      await change(tx, await getFinding(tx, actor, uuid, 'lock'));
      return this.findings.detail(tx, actor, await getFinding(tx, actor, uuid));
    });
  }

  private async naming(tx: EntityManager, actor: Actor, rows: readonly FindingRow[]) {
    return { organizationId: actor.organizationId, names: await namesOfSubjects(tx, actor, rows) };
  }

  private async target(tx: EntityManager, actor: Actor, finding: FindingRow) {
    const { title, subject } = toFindingView(finding, await this.naming(tx, actor, [finding]));
    return { type: 'finding' as const, id: finding.id, name: `${title}: ${subject.name}` };
  }
}

/** Its samples bring their keys and addresses besides. */
function subjectsOf({ subject_kind: kind, subject_ref: ref }: FindingRow): {
  apiKeyIds?: string[];
  addresses?: string[];
  userIds?: string[];
} {
  if (kind === 'key') return { apiKeyIds: [parseId('key', ref)].filter((id) => id !== null) };
  if (kind === 'person') return { userIds: [parseId('usr', ref)].filter((id) => id !== null) };
  return kind === 'address' || kind === 'network' ? { addresses: [ref] } : {};
}
