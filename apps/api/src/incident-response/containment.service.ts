/**
 * What can do harm is stopped: keys, sessions, networks, all of them in one transaction or none. The answer waits, a second at most, until every process has
 * forgotten the keys, as that of a single revocation does.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { requireId } from '../platform/ids';
import { namesMany, targetsOf, type Targets } from './contain-targets';
import type { ContainIncident } from './contain.dto';
import { requirePossible } from './describing';
import { DrillKeys } from './drill/drill-keys.service';
import { IncidentCallers } from './incident-callers.service';
import { IncidentEvents, nameOfIncident } from './incident-events.service';
import { IncidentOpenings, namesOf, told } from './incident-openings.service';
import type { IncidentView } from './incident-view.dto';
import { IncidentViews } from './incident-views.service';
import { getIncident, type IncidentRow } from './incidents.queries';
import type { NewSubject } from './opening';
import { Stopping, type Stop, type Stopped } from './stopping.service';

@Injectable()
export class Containment {
  constructor(
    private readonly tenant: Tenant,
    private readonly stopping: Stopping,
    private readonly openings: IncidentOpenings,
    private readonly callers: IncidentCallers,
    private readonly events: IncidentEvents,
    private readonly views: IncidentViews,
    private readonly drillKeys: DrillKeys,
  ) {
    stopping.containBy(async (tx, actor, { incidentId, keyId, reason }) => {
      const incident = await getIncident(tx, actor, requireId('inc', incidentId), 'lock');
      requirePossible('contain', incident);
      await this.drillKeys.requireOwn(tx, actor, incident, { keys: [keyId], others: 0 });
      await this.containWithin(tx, actor, incident, { targets: { keys: [keyId], people: [], networks: [] }, action: 'revoke', reason });
    });
  }

  async contain(actor: Actor, id: string, body: ContainIncident): Promise<IncidentView> {
    const uuid = requireId('inc', id);
    const stopped = await this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid, 'lock');
      requirePossible('contain', incident);
      const targets = await targetsOf(tx, actor, incident, body);
      await this.drillKeys.requireOwn(tx, actor, incident, touchedBy(targets, body));
      const reason = body.reason ?? `Incident ${nameOfIncident(incident)}`;
      return this.containWithin(tx, actor, incident, { targets, action: body.action ?? 'revoke', reason });
    });
    await this.stopping.confirmed(actor, stopped);
    return this.views.getLive(actor, uuid);
  }

  /** In a transaction of the caller's. The incident is locked, or new. */
  async containWithin(tx: EntityManager, actor: Actor, incident: IncidentRow, stop: Stop): Promise<Stopped[]> {
    const { targets, action, reason } = stop;
    const subjects = subjectsOfTargets(targets);
    const names = await namesOf(tx, actor, subjects, { apiKeyIds: targets.keys, userIds: targets.people });
    const stopped = await this.stopping.stop(tx, actor, stop);
    const added = await this.openings.addSubjects(tx, actor, incident.id, subjects);
    const news = await stamp(tx, actor, incident.id, stopped.filter(({ isOurs }) => isOurs)); // prettier-ignore
    await this.callers.find(tx, actor, incident.id);
    const networks = added.flatMap(({ kind, reference }) => (kind === 'address' ? [reference] : []));
    await this.callers.suspect(tx, actor, incident, networks);
    // Nobody is said to have stopped what was stopped before, by somebody else or elsewhere.
    const before = added.filter(({ kind, reference }) => !news.some((one) => one.kind === kind && one.reference === reference));
    const data = {
      ...{ action, reason, stopped: news.map((one) => ({ ...told(one, names), how: one.how })) },
      ...(before.length === 0 ? {} : { stoppedBefore: before.map((one) => told(one, names)) }),
    };
    // Whatever was stopped already, whoever presses the button once more is told what is so, and adds nothing.
    if (news.length + before.length > 0) await this.events.record(tx, actor, incident, { kind: 'contained', data });
    return stopped;
  }
}

/** More than one key by one word is more than a drill may, whichever keys that were. */
const touchedBy = ({ keys, people, networks }: Targets, body: ContainIncident) => ({
  keys,
  others: people.length + networks.length + Number(namesMany(body)),
});

const subjectsOfTargets = ({ keys, people, networks }: Targets): NewSubject[] => [
  ...keys.map((reference) => ({ kind: 'key' as const, reference })),
  ...people.map((reference) => ({ kind: 'person' as const, reference })),
  ...networks.map((reference) => ({ kind: 'address' as const, reference })),
];

/** Returns what was not stopped like this before. Whoever stopped it first stands, as long as nothing let go in between: then its time is another one. */
async function stamp(tx: EntityManager, actor: Actor, incidentId: string, stopped: readonly Stopped[]): Promise<Stopped[]> {
  if (stopped.length === 0) return [];
  const [rows] = await tx.query<[NewSubject[], number]>(
    `update incident_subject s set contained_at = case when stands then s.contained_at else n.at end, contained_how = n.how,
       contained_by = case when stands then s.contained_by else $3 end, contained_by_name = case when stands then s.contained_by_name else $4 end
     from (select n.*, w.contained_at is not null and not n.is_anew and (n.kind <> 'key' or w.contained_at = n.at) as stands
       from unnest($5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::boolean[]) n (kind, reference, at, how, is_anew)
         join incident_subject w on w.organization_id = $1 and w.incident_id = $2 and w.kind = n.kind and w.reference = n.reference) n
     where s.organization_id = $1 and s.incident_id = $2 and s.kind = n.kind and s.reference = n.reference
       and not (stands and s.contained_how = n.how) returning s.kind, s.reference`,
    [
      ...[actor.organizationId, incidentId, actor.id, actor.name],
      ...[stopped.map(({ kind }) => kind), stopped.map(({ reference }) => reference), stopped.map(({ at }) => at)],
      ...[stopped.map(({ how }) => how), stopped.map(({ isAnew }) => isAnew)],
    ],
  );
  return stopped.filter((one) => rows.some(({ kind, reference }) => kind === one.kind && reference === one.reference));
}
