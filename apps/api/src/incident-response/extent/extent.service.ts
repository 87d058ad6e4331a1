/** How far a breach went: of the keys of an incident and their lineage, over a period that a person confirms. */
import { Injectable } from '@nestjs/common';
import { readStats, type TouchedResources } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { logViewOf, type LogView } from '../../audit-logs';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { Clock } from '../../platform/clock';
import { requireId, typeId } from '../../platform/ids';
import { readPeriod, readQuery } from '../../platform/query';
import { RowTurns } from '../../platform/row-turns';
import { invalidFields } from '../../platform/validation';
import { requirePossible } from '../describing';
import { IncidentEvents } from '../incident-events.service';
import type { IncidentView } from '../incident-view.dto';
import { IncidentViews } from '../incident-views.service';
import { getIncident, subjectsOf } from '../incidents.queries';
import { lineageOf, madeMeanwhile, peopleOf, type LineageKey } from './extent-facts';
import { byKeys, readFoundExtent, readResources, type FoundExtent, type FoundPeriod } from './extent-log';
import { figuresOf } from './extent-figures';
import { keyView, viewOfExtent, type KeyNames, type Meanwhile } from './extent-view';
import type { ConfirmExtent, ExtentGone, IncidentExtent } from './extent.dto';

type Period = { from: Date | null; to: Date | null };
type Suspects = { keyIds: readonly string[]; personIds: readonly string[] };
type Asked = { suspects: Suspects; asked: Period; onPeriod: (period: FoundPeriod) => void };
type Awaiting = (resources: readonly TouchedResources[]) => IncidentExtent;

@Injectable()
export class IncidentExtents {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly turns: RowTurns,
    private readonly views: IncidentViews,
    private readonly events: IncidentEvents,
  ) {}

  get(actor: Actor, id: string, parameters: unknown): Promise<IncidentExtent> {
    const uuid = requireId('inc', id);
    const asked = readPeriod(readQuery(parameters, ['from', 'to']));
    return this.turns.take(actor, async () => {
      let reading: Promise<TouchedResources[]> = Promise.resolve([]);
      // Beside the rest, on a connection of its own; the transaction below does not wait for it, so none waits for a connection while it holds one.
      const onPeriod = (period: FoundPeriod): void => {
        reading = this.tenant.run(actor, (tx) => readResources(tx, period));
        reading.catch(() => undefined);
      };
      const view = await this.tenant.run(actor, async (tx) => {
        const incident = await getIncident(tx, actor, uuid);
        const subjects = await subjectsOf(tx, actor, [uuid]);
        const of = (kind: 'key' | 'person'): string[] => subjects.filter((one) => one.kind === kind).map(({ reference }) => reference);
        const period = { from: asked.from ?? incident.scope_from, to: asked.to ?? incident.scope_to };
        return this.extentOf(tx, actor, { suspects: { keyIds: of('key'), personIds: of('person') }, asked: period, onPeriod });
      });
      return view(await reading);
    });
  }

  /** All but the resources, which are read meanwhile. */
  private async extentOf(tx: EntityManager, actor: Actor, { suspects, asked, onPeriod }: Asked): Promise<Awaiting> {
    const view = await logViewOf(tx, actor, this.clock.now());
    const keys = await lineageOf(tx, actor, suspects.keyIds);
    const to = asked.to ?? view.nextMinute;
    if (asked.from && asked.from >= to) throw backwards('?from');
    const apiKeyIds = keys.map(({ id }) => id);
    const { organizationId } = actor;
    const found = await readFoundExtent(tx, { organizationId, apiKeyIds, from: asked.from, to, begins: view.begins }, onPeriod);
    const names = await keyNamesOf(tx, actor, keys, found);
    const meanwhile = await madeBy(tx, actor, { keys, personIds: suspects.personIds, from: found.from, to });
    const scope = { keyIds: apiKeyIds.map((id) => typeId('key', id)), from: found.from, to };
    const gone = await goneOf(tx, actor, { keys, view, from: asked.from });
    return (resources) => ({
      keys: apiKeyIds.map((id) => keyView(id, names)),
      ...viewOfExtent({ found, resources, scope, names, meanwhile }),
      gone,
    });
  }

  /** What a person has looked through. */
  async confirm(actor: Actor, id: string, body: ConfirmExtent): Promise<IncidentView> {
    const uuid = requireId('inc', id);
    const [from, to] = [new Date(body.from), body.to == null ? null : new Date(body.to)];
    const now = this.clock.now();
    if (from >= (to ?? now)) throw backwards('/from');
    // Before the incident is locked: it may take a second.
    const figures = figuresOf(await this.get(actor, id, { from: body.from, to: (to ?? now).toISOString() }));
    await this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid, 'lock');
      requirePossible('confirmExtent', incident);
      await tx.query(
        `update incident set scope_from = $3, scope_to = $4, scoped_at = $5, scoped_by = $6, scoped_by_name = $7, changed_at = $5
         where organization_id = $1 and id = $2`,
        [actor.organizationId, uuid, from, to, now, actor.id, actor.name],
      );
      const was = incident.scope_from && { from: incident.scope_from.toISOString(), to: incident.scope_to?.toISOString() ?? null };
      const data = { from: from.toISOString(), to: to?.toISOString() ?? null, figures };
      await this.events.record(tx, actor, incident, { kind: 'scoped', data, ...(was ? { before: was } : {}) });
    });
    return this.views.get(actor, uuid);
  }
}

const backwards = (pointer: string) => invalidFields([{ pointer, rule: 'order', expected: 'is a time before `to`, and in the past' }]);

type Of = { organizationId: string };

async function keyNamesOf(
  tx: EntityManager,
  { organizationId }: Of,
  keys: readonly LineageKey[],
  { neighbours }: FoundExtent,
): Promise<KeyNames> {
  // prettier-ignore
  const others = await tx.query<Pick<LineageKey, 'id' | 'name' | 'last4'>[]>(
    'select id, name, last4 from api_key where organization_id = $1 and id = any($2::uuid[])',
    [organizationId, neighbours.keys.map(({ apiKeyId }) => apiKeyId)],
  );
  return new Map([...keys, ...others].map((key) => [key.id, key]));
}

type By = { keys: readonly LineageKey[]; personIds: readonly string[]; from: Date; to: Date };

async function madeBy(tx: EntityManager, { organizationId }: Of, { keys, personIds, from, to }: By): Promise<Meanwhile> {
  const ids = [...new Set([...personIds, ...keys.flatMap((key) => [key.created_by, key.rotated_by])].filter((id) => id !== null))];
  const people = await peopleOf(tx, ids);
  return { people, made: await madeMeanwhile(tx, { organizationId, people: people.map(({ id }) => id), from, to }) };
}

type GoneOf = { keys: readonly LineageKey[]; view: LogView; from: Date | null };

/** The figures outlive the rows. */
async function goneOf(tx: EntityManager, { organizationId }: Of, { keys, view, from }: GoneOf): Promise<ExtentGone> {
  const { begins } = view;
  const oldest = keys[0]?.created_at ?? null;
  const filter = byKeys(keys.map(({ id }) => id));
  const none = { before: begins.toISOString(), requests: 0, keysSince: null, cutsPeriod: from !== null && from < begins };
  if (oldest === null || oldest >= begins) return none;
  const { lines } = await readStats(tx, { organizationId, filter, groupBy: null, from: new Date(0), to: begins, intervalMinutes: null, mostGroups: 1, mostLines: 1, mostRows: 1 }); // prettier-ignore
  return { ...none, requests: lines[0]?.requests ?? 0, keysSince: oldest.toISOString() };
}
