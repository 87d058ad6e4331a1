/** The incident that a leaked key belongs to: one that is open about it, or a new one. A key that was dead already wakes nobody. */
import { Injectable } from '@nestjs/common';
import type { IncidentSeverity, LeakAction, LeakPolicy } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { KeyRow } from '../api-keys';
import { IncidentEvents, Incidents } from '../incident-response';
import type { SystemActor } from '../platform/actor';
import { typeId } from '../platform/ids';
import type { LeakReportRow } from './leak-reports.queries';

export type Leak = { report: LeakReportRow; key: KeyRow; policy: LeakPolicy; action: LeakAction };
export type AboutIncident = { id: string; number: number; title: string };
type Known = AboutIncident & { is_open: boolean };

/** A key that goes on working is in wrong hands at this moment. */
const severities: Record<Exclude<LeakAction, 'alreadyRevoked'>, IncidentSeverity> = {
  revoked: 'high',
  quarantined: 'high',
  alerted: 'critical',
};

@Injectable()
export class LeakIncidents {
  constructor(
    private readonly incidents: Incidents,
    private readonly events: IncidentEvents,
  ) {}

  /** In the transaction of what is done. Null: there is none, and none is needed. */
  async about(tx: EntityManager, actor: SystemActor, leak: Leak): Promise<AboutIncident | null> {
    const known = await this.find(tx, actor, leak.key);
    return known && (known.is_open || leak.action === 'alreadyRevoked') ? known : this.open(tx, actor, leak);
  }

  async tell(tx: EntityManager, actor: SystemActor, incident: AboutIncident, { report, key, action }: Leak): Promise<void> {
    const { url, source, token_type: type } = report;
    const apiKey = { id: typeId('key', key.id), name: key.name };
    await this.events.record(tx, actor, incident, { kind: 'leakReported', data: { apiKey, url, source, type, action } });
  }

  /** The one that is open, else the last. Not locked: only a fact is added, and whoever changes it may hold it while they wait for the key. */
  private async find(tx: EntityManager, { organizationId }: SystemActor, key: KeyRow): Promise<Known | null> {
    const [row] = await tx.query<Known[]>(
      `select i.id, i.number, i.title, i.closed_at is null as is_open
       from incident_subject s join incident i on i.organization_id = s.organization_id and i.id = s.incident_id
       where s.organization_id = $1 and s.kind = 'key' and s.reference = $2
       order by i.closed_at is null desc, i.opened_at desc limit 1`,
      [organizationId, key.id],
    );
    return row ?? null;
  }

  private async open(tx: EntityManager, actor: SystemActor, { report, key, action }: Leak): Promise<AboutIncident | null> {
    if (action === 'alreadyRevoked') return null;
    const title = titleOf(key.name, report.url);
    const { id, number } = await this.incidents.openWithin(tx, actor, {
      ...{ title, severity: severities[action], apiKeyIds: [key.id], isTold: true },
      from: { kind: 'leak', references: [key.id], ...(report.url === null ? {} : { url: report.url }) },
    });
    return { id, number, title };
  }
}

const MOST_TITLE = 200;
const titleOf = (name: string, url: string | null): string => {
  const host = url === null ? null : URL.parse(url)?.host;
  return `${name} has leaked${host ? `: found at ${host}` : ''}`.slice(0, MOST_TITLE);
};
