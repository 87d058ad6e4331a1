/** What leaves of the extent: ids as they leave, and behind each line the filter of its rows. */
import { maskedKey } from '@pinebill/contract';
import type { ExtentFigures, TouchedResources } from '@pinebill/nestjs-audit';
import { targetPrefixes } from '../../activity';
import { familyOf } from '../../hygiene';
import { typeId, typeIdOrNull } from '../../platform/ids';
import * as filters from './extent-filters';
import type { FoundExtent } from './extent-log';
import { makingActions, type LineageKey, type MadeRow, type PersonRow } from './extent-facts';
import type { ExtentKey, ExtentMadeList, ExtentNumbers, ExtentOtherKeys, ExtentResources, IncidentExtent } from './extent.dto';

export type KeyNames = ReadonlyMap<string, Pick<LineageKey, 'name' | 'last4'>>;
export type Meanwhile = { people: readonly PersonRow[]; made: readonly MadeRow[] };
type Shown = { found: FoundExtent; resources: readonly TouchedResources[]; scope: filters.Scope; names: KeyNames; meanwhile: Meanwhile };

/** Not an instance of its class, so that it can stand among the members of another. */
type Plain<T> = Pick<T, keyof T>;
const numbers = ({ requests, accepted, refused, errors, unanswered, reads, writes, bytesOut }: ExtentFigures): Plain<ExtentNumbers> => ({ requests, accepted, refused, errors, unanswered, reads, writes, bytesOut }); // prettier-ignore
const times = ({ firstAt, lastAt }: { firstAt: Date; lastAt: Date }) => ({ firstSeenAt: firstAt.toISOString(), lastSeenAt: lastAt.toISOString() }); // prettier-ignore

export const keyView = (id: string, names: KeyNames): Plain<ExtentKey> => {
  const key = names.get(id);
  return { id: typeId('key', id), name: key?.name ?? null, masked: key ? maskedKey(key.last4) : null };
};

export function viewOfExtent(shown: Shown): Omit<IncidentExtent, 'keys' | 'gone'> {
  const { found, resources, scope } = shown;
  const { suggestion } = found;
  return {
    from: scope.from.toISOString(),
    to: scope.to.toISOString(),
    suggestion: {
      ...{ basis: suggestion.basis, text: suggestion.text },
      suggestedFrom: suggestion.suggestedFrom?.toISOString() ?? null,
      usualUntil: suggestion.usualUntil?.toISOString() ?? null,
      because: suggestion.because.map(({ kind, value, at, text }) => ({ kind, value, at: at.toISOString(), text })),
    },
    comparedFrom: found.comparedFrom.toISOString(),
    exact: found.exact,
    partFilters: filters.partFilters,
    ...linesOf(shown),
    resources: resources.map((one) => resourcesView(one, shown)),
    otherKeys: otherKeysView(shown),
    made: madeView(shown),
  };
}

type Lines = Pick<IncidentExtent, 'total' | 'hours' | 'addresses' | 'networks' | 'countries' | 'agents' | 'endpoints' | 'refusals'>;

function linesOf({ found: { extent, programs }, scope }: Shown): Lines {
  const filter = (...conditions: filters.Condition[]): string => filters.filterOf(scope, conditions);
  const filterOrNull = (conditions: filters.Condition[] | null): string | null => conditions && filter(...conditions);
  const seen = (line: ExtentFigures & { firstAt: Date; lastAt: Date }, conditions: filters.Condition[] | null) => ({ ...numbers(line), ...times(line), filter: filterOrNull(conditions) }); // prettier-ignore
  const counted = ({ total: all, fresh }: { total: number; fresh: number }) => ({ total: all, new: fresh });
  const { total, addresses, networks, countries, agents, endpoints, refusals } = extent;
  return {
    total: total && { ...seen(total, []), aborted: total.aborted, abortedFilter: filter(filters.abortedFilter) },
    hours: extent.hours.map((hour) => ({ from: hour.from.toISOString(), ...numbers(hour), filter: filters.filterOf({ ...scope, ...filters.withinHour(scope, hour.from) }, []) })), // prettier-ignore
    addresses: {
      ...counted(addresses),
      data: addresses.lines.map((line) => ({ ...{ address: line.address, network: line.network, countries: line.countries, known: line.known }, ...seen(line, [filters.atAddress(line.address)]) })), // prettier-ignore
    },
    networks: {
      ...counted(networks),
      data: networks.lines.map((line) => ({ ...{ network: line.network, addresses: line.addresses, known: line.known }, ...seen(line, [filters.atAddress(line.network)]) })), // prettier-ignore
    },
    countries: {
      ...counted(countries),
      data: countries.lines.map((line) => ({ ...{ country: line.country, known: line.known }, ...seen(line, filters.fromCountry(line.country, countries)) })), // prettier-ignore
    },
    agents: {
      ...counted(agents),
      data: agents.lines.map((line) => ({
        ...{ agent: line.agent, known: line.known, program: familyOf(line.agent), programKnown: programs.has(familyOf(line.agent)) },
        ...seen(line, filters.byAgent(line, agents)),
      })),
    },
    endpoints: {
      total: endpoints.total,
      data: endpoints.lines.map((line) => ({ ...{ method: line.method, route: line.route, kind: line.isWrite ? ('write' as const) : ('read' as const) }, ...seen(line, filters.atEndpoint(line, endpoints)) })), // prettier-ignore
    },
    refusals: {
      total: refusals.total,
      data: refusals.lines.map((line) => ({ ...{ status: line.status, reason: line.reason, requests: line.requests }, ...times(line), filter: filterOrNull(filters.refusedFor(line, refusals)) })), // prettier-ignore
    },
  };
}

/** `invoices` is the collection of an `invoice`. */
export const singular = (collection: string): string =>
  collection.replace(/ies$/, 'y').replace(/(ss|x|ch|sh)es$/, '$1').replace(/([^s])s$/, '$1'); // prettier-ignore

function resourcesView({ collection, total, written, lines }: TouchedResources, { scope }: Shown): ExtentResources {
  return {
    type: singular(collection),
    ...{ total, written },
    data: lines.map(({ id, path, reads, writes, ...line }) => {
      const conditions = filters.aboutThing(path);
      return { id, path, reads, writes, ...times(line), filter: conditions && filters.filterOf(scope, conditions) };
    }),
  };
}

function otherKeysView({ found: { neighbours }, scope, names }: Shown): ExtentOtherKeys {
  const filterOf = (id: string, conditions: filters.Condition[] | null): string | null => conditions && filters.filterOf({ ...scope, keyIds: [id] }, conditions); // prettier-ignore
  return {
    total: neighbours.total,
    exact: neighbours.complete,
    data: neighbours.keys.map((key) => {
      const view = keyView(key.apiKeyId, names);
      return {
        ...view,
        ...{ requests: key.requests, fromNew: key.fromNew, addresses: key.addressCount },
        ...times(key),
        filter: filterOf(view.id, filters.fromAddresses(key.addresses, key.addressCount)),
        fromNewFilter: filterOf(view.id, filters.fromAddresses(key.addresses, key.newAddressCount)),
      };
    }),
  };
}

function madeView({ meanwhile: { people, made }, scope }: Shown): ExtentMadeList {
  const persons = people.map(({ id, name }) => ({ id: typeId('usr', id), name }));
  return {
    people: persons,
    total: Number(made[0]?.total ?? 0),
    data: made.map((row) => ({
      id: typeId('act', row.id),
      occurredAt: row.occurred_at.toISOString(),
      by: { id: typeId('usr', row.actor_id), name: row.actor_name },
      action: row.action,
      target: row.target_name,
      targetId: typeIdOrNull(targetPrefixes[row.target_type], row.target_id),
    })),
    filters: persons.map(({ id }) => new URLSearchParams({ actorId: id, action: makingActions.join(','), from: scope.from.toISOString(), to: scope.to.toISOString() }).toString()), // prettier-ignore
  };
}
