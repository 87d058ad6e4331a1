/** The incident that a leaked key belongs to: one that is open about it, or a new one. A key that was dead already wakes nobody. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { IncidentEvents, Incidents } from '../incident-response';
import type { SystemActor } from '../platform/actor';
import { typeId } from '../platform/ids';
import type { Leak } from './leak-actions';

export type AboutIncident = { id: string; number: number; title: string };
type Known = AboutIncident & { is_open: boolean };
/** By the uuid of the key. */
export type KnownIncidents = ReadonlyMap<string, Known>;

@Injectable()
export class LeakIncidents {
  constructor(
    private readonly incidents: Incidents,
    private readonly events: IncidentEvents,
  ) {}

  /** By the uuid of the key, in the transaction of what is done. Null: there is none, and none is needed. What needs a new one shares it. */
  async about(
    tx: EntityManager,
    actor: SystemActor,
    { leaks, known }: { leaks: readonly Leak[]; known: KnownIncidents },
  ): Promise<ReadonlyMap<string, AboutIncident | null>> {
    const incidents = new Map<string, AboutIncident | null>();
    const fresh = new Map<string, Leak>();
    for (const leak of leaks) {
      const { key, action } = leak;
      if (incidents.has(key.id) || fresh.has(key.id)) continue;
      const incident = known.get(key.id) ?? null;
      if (incident?.is_open === true || action === 'alreadyRevoked') incidents.set(key.id, incident);
      else fresh.set(key.id, leak);
    }
    const opened = fresh.size === 0 ? null : await this.open(tx, actor, [...fresh.values()]);
    for (const id of fresh.keys()) incidents.set(id, opened);
    return incidents;
  }

  async tell(tx: EntityManager, actor: SystemActor, leaks: readonly (Leak & { incident: AboutIncident | null })[]): Promise<void> {
    const told = leaks.flatMap(({ incident, report, key, action }) => {
      if (incident === null) return [];
      const { url, source, token_type: type } = report;
      const apiKey = { id: typeId('key', key.id), name: key.name };
      return [{ incident, kind: 'leakReported' as const, data: { apiKey, url, source, type, action } }];
    });
    await this.events.recordAll(tx, actor, told);
  }

  /** The one that is open, else the last; no drill, which may stop no real key. Not locked: only a fact is added, and whoever changes it may hold it while they wait for the key. */
  async known(tx: EntityManager, { organizationId }: SystemActor, keyIds: readonly string[]): Promise<KnownIncidents> {
    const rows = await tx.query<(Known & { key_id: string })[]>(
      `select distinct on (s.reference) s.reference as key_id, i.id, i.number, i.title, i.closed_at is null as is_open
       from incident_subject s join incident i on i.organization_id = s.organization_id and i.id = s.incident_id
       where s.organization_id = $1 and s.kind = 'key' and s.reference = any($2::text[]) and not i.drill
       order by s.reference, i.closed_at is null desc, i.opened_at desc`,
      [organizationId, keyIds],
    );
    return new Map(rows.map((row) => [row.key_id, row]));
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
