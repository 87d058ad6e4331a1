/** What the log knows of an address, or of its network: when it called, with which keys, how that went, and who else is there. */
import { Injectable } from '@nestjs/common';
import { isLookedUp, maskedKey, normalNetwork, parseLogFilter } from '@pinebill/contract';
import { readCallersAt, readStats, type CallersAt, type RecordFilter, type Stats } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { typeId } from '../platform/ids';
import { readPeriod, readQuery } from '../platform/query';
import { invalidFields } from '../platform/validation';
import type { AddressKey, AddressView } from './addresses.dto';
import { LogViews } from './log-views';
import { RowTurns } from '../platform/row-turns';

const MOST_NEIGHBOURS = 50;
const MOST_GROUPS = 50;
/** Of everybody, in the minutes in which the address called: a fraction of a second. */
const MOST_ROWS = 100_000;
/** As of the figures of the log, where sums do not do. */
const MOST_COUNTED = 500_000;

@Injectable()
export class AddressesService {
  constructor(
    private readonly tenant: Tenant,
    private readonly views: LogViews,
    private readonly turns: RowTurns,
  ) {}

  about(actor: Actor, text: string, parameters: unknown): Promise<AddressView> {
    return this.turns.take(actor, () => this.read(actor, text, parameters));
  }

  private read(actor: Actor, text: string, parameters: unknown): Promise<AddressView> {
    const { address, network } = placeOf(text);
    const given = readPeriod(readQuery(parameters, ['from', 'to']));
    const { organizationId } = actor;
    return this.tenant.run(actor, async (tx) => {
      const view = await this.views.of(tx, actor);
      const period = { from: view.from(given.from), to: given.to ?? view.nextMinute };
      const at = (ip: string): RecordFilter => view.narrowed(filterOf(ip), actor);
      const [here, around] = [at(address ?? network), at(network)];
      const stats = { organizationId, ...period, intervalMinutes: null, mostRows: MOST_COUNTED, mostLines: MOST_NEIGHBOURS + 1 };
      const isEmpty = period.from >= period.to;
      const own = isEmpty ? nothing(period.from) : await readStats(tx, { ...stats, filter: here, groupBy: null, mostGroups: 1 });
      const near = isEmpty ? nothing(period.from) : await readStats(tx, { ...stats, filter: around, groupBy: 'ip', mostGroups: MOST_NEIGHBOURS }); // prettier-ignore
      const callers = await readCallersAt(tx, { organizationId, filter: here, ...period, mostRows: MOST_ROWS, mostGroups: MOST_GROUPS });
      return {
        ...{ address, network, from: period.from.toISOString(), to: period.to.toISOString() },
        ...figuresOf(own),
        neighbours: neighboursOf(near),
        exact: own.exact && near.exact,
        ...listsOf(callers, await keysOf(tx, organizationId, callers)),
      };
    });
  }
}

/** An address, or one of the networks that have a page; mapped forms are the IPv4 address that they mean. */
function placeOf(text: string): { address: string | null; network: string } {
  const normal = normalNetwork(text);
  const [base = '', bits] = (normal ?? '').split('/');
  const [whole, wide] = base.includes(':') ? ['128', '64'] : ['32', '24'];
  if (normal !== null && bits === wide) return { address: null, network: normal };
  const network = bits === whole ? normalNetwork(`${base}/${wide}`) : null;
  if (network === null)
    throw invalidFields([
      { pointer: '/ip', rule: 'address', expected: 'must be an IPv4 or IPv6 address, or a network of /24 (of IPv6: /64)' },
    ]);
  return { address: base, network };
}

/** By the one grammar. */
function filterOf(ip: string): RecordFilter {
  const { filter } = parseLogFilter({ ip });
  const conditions = (filter?.conditions ?? []).flatMap(({ field, ...condition }) => (isLookedUp(field) ? [] : [{ ...condition, field }]));
  return { minDurationMs: null, maxDurationMs: null, conditions };
}

const nothing = (from: Date): Stats => ({ lines: [], exact: true, source: 'rollUps', countedFrom: from });

function figuresOf({ lines: [line] }: Stats) {
  const { requests = 0, clientErrors = 0, serverErrors = 0, bytesOut = 0, p50Ms = null, p95Ms = null, p99Ms = null } = line ?? {};
  return { requests, clientErrors, serverErrors, bytesOut, p50Ms, p95Ms, p99Ms };
}

const neighboursOf = ({ lines }: Stats): AddressView['neighbours'] =>
  lines.flatMap(({ group, others, requests, clientErrors, serverErrors }) =>
    others || group === null ? [] : [{ address: group, requests, errors: clientErrors + serverErrors }],
  );

/** As they are called now; a key that is gone is not in it. */
async function keysOf(tx: EntityManager, organizationId: string, { callers }: CallersAt): Promise<ReadonlyMap<string, AddressKey>> {
  const ids = callers.flatMap(({ apiKeyId }) => apiKeyId ?? []);
  const rows = await tx.query<{ id: string; name: string; last4: string }[]>(
    'select id, name, last4 from api_key where organization_id = $1 and id = any($2)',
    [organizationId, ids],
  );
  return new Map(rows.map(({ id, name, last4 }) => [id, { id: typeId('key', id), name, masked: maskedKey(last4) }]));
}

function listsOf(found: CallersAt, keys: ReadonlyMap<string, AddressKey>) {
  const group = ({ requests, lastAt }: { requests: number; lastAt: Date }) => ({ requests, lastSeenAt: lastAt.toISOString() });
  return {
    firstSeenAt: found.firstAt?.toISOString() ?? null,
    lastSeenAt: found.lastAt?.toISOString() ?? null,
    countedFrom: found.countedFrom.toISOString(),
    statuses: found.statuses.map((one) => ({ status: one.status, ...group(one) })),
    callers: found.callers.map((one) => ({
      actorType: one.actorType,
      apiKey: one.apiKeyId === null ? null : (keys.get(one.apiKeyId) ?? null),
      ...group(one),
    })),
    countries: found.countries.map((one) => ({ country: one.country, ...group(one) })),
    agents: found.agents.map((one) => ({ agent: one.agent, ...group(one) })),
  };
}
