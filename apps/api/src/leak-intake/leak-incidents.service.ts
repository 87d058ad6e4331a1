/** The incident that a leaked key belongs to: one that is open about it, or a new one. A key that was dead already wakes nobody. */
import { Injectable } from '@nestjs/common';
import type { LeakAction, LeakPolicy } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { KeyRow } from '../api-keys';
import { IncidentEvents, Incidents } from '../incident-response';
import type { SystemActor } from '../platform/actor';
import { typeId } from '../platform/ids';
import type { LeakReportRow } from './leak-reports.queries';

export type Leak = { report: LeakReportRow; key: KeyRow; policy: LeakPolicy; action: LeakAction };
export type AboutIncident = { id: string; number: number; title: string };
type Known = AboutIncident & { is_open: boolean };

@Injectable()
export class LeakIncidents {
  constructor(
    private readonly incidents: Incidents,
    private readonly events: IncidentEvents,
  ) {}

  /** By the uuid of the key, in the transaction of what is done. Null: there is none, and none is needed. What needs a new one shares it. */
  async about(tx: EntityManager, actor: SystemActor, leaks: readonly Leak[]): Promise<ReadonlyMap<string, AboutIncident | null>> {
    const incidents = new Map<string, AboutIncident | null>();
    const fresh = new Map<string, Leak>();
    for (const leak of leaks) {
      const { key, action } = leak;
      if (incidents.has(key.id) || fresh.has(key.id)) continue;
      const known = await this.find(tx, actor, key);
      if (known?.is_open === true || action === 'alreadyRevoked') incidents.set(key.id, known);
      else fresh.set(key.id, leak);
    }
    const opened = fresh.size === 0 ? null : await this.open(tx, actor, [...fresh.values()]);
    for (const id of fresh.keys()) incidents.set(id, opened);
    return incidents;
  }

  async tell(tx: EntityManager, actor: SystemActor, incident: AboutIncident, { report, key, action }: Leak): Promise<void> {
    const { url, source, token_type: type } = report;
    const apiKey = { id: typeId('key', key.id), name: key.name };
    await this.events.record(tx, actor, incident, { kind: 'leakReported', data: { apiKey, url, source, type, action } });
  }

  /** The one that is open, else the last; no drill, which may stop no real key. Not locked: only a fact is added, and whoever changes it may hold it while they wait for the key. */
  private async find(tx: EntityManager, { organizationId }: SystemActor, key: KeyRow): Promise<Known | null> {
    const [row] = await tx.query<Known[]>(
      `select i.id, i.number, i.title, i.closed_at is null as is_open
       from incident_subject s join incident i on i.organization_id = s.organization_id and i.id = s.incident_id
       where s.organization_id = $1 and s.kind = 'key' and s.reference = $2 and not i.drill
       order by i.closed_at is null desc, i.opened_at desc limit 1`,
      [organizationId, key.id],
    );
    return row ?? null;
  }

  private async open(tx: EntityManager, actor: SystemActor, leaks: readonly Leak[]): Promise<AboutIncident> {
    const [title, url] = [titleOf(leaks), leaks.find(({ report }) => report.url !== null)?.report.url ?? null];
    const apiKeyIds = leaks.map(({ key }) => key.id);
    const { id, number } = await this.incidents.openWithin(tx, actor, {
      // A key that goes on working is in wrong hands at this moment.
      ...{ title, severity: leaks.some(({ action }) => action === 'alerted') ? 'critical' : 'high', apiKeyIds, isTold: true },
      from: { kind: 'leak', references: apiKeyIds, ...(url === null ? {} : { url }) },
    });
    return { id, number, title };
  }
}

const MOST_TITLE = 200;

/** `Production API has leaked: found at github.com`. */
function titleOf(leaks: readonly Leak[]): string {
  const hosts = new Set(leaks.map(({ report }) => (report.url === null ? null : (URL.parse(report.url)?.host ?? null))));
  const [host] = hosts.size === 1 ? hosts : [null];
  const [first] = leaks;
  const who = leaks.length === 1 && first ? `${first.key.name} has` : `${leaks.length} API keys have`;
  return `${who} leaked${host ? `: found at ${host}` : ''}`.slice(0, MOST_TITLE);
}
