/** What is known of the use of one key: figures over a period, and who has moved to its successor. Figures come from sums (key-use.queries.ts); who called is looked up in the newest records of the key. */
import { Injectable } from '@nestjs/common';
import { maskedKey } from '@pinebill/contract';
import { quantileMs, readCallersOfKey, type CallersOfKey } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { retentionOf } from '../plan';
import { requireId, typeId } from '../platform/ids';
import { RowTurns } from '../platform/row-turns';
import { invalidField, readChoice, readPeriod, readQuery, readText, type Query } from '../platform/query';
import { findKey, keyColumns, type KeyRow, type UsedKeyRow } from './api-keys.queries';
import { missing } from './api-keys.service';
import { cutOver, type CallerMove } from './cut-over';
import type { CutOverView, KeyRef, LateUse, UsageView } from './key-life.dto';
import { datesOf, keyState } from './key-state';
import { callersOf, hoursOf, type CallerUse, type HourUse } from './key-use.queries';
import { KeyUse } from './key-use.service';
import { endOf } from './key-view';
import { knownUpTo, ShippedLog } from './shipped-log';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_DAYS = 7;
const MOST_DAYS = 30;
const MOST_CALLERS = 200;
/** Of its own rows, looked through for who called: a fraction of a second. */
const MOST_ROWS = 50_000;
const MOST_GROUPS = 50;
/** Half a year by the day, eight days by the hour: what a page can show. */
const MOST_INTERVALS = 200;

type Period = { from: Date; to: Date; interval: 'hour' | 'day' };

@Injectable()
export class KeyUsageService {
  constructor(
    private readonly tenant: Tenant,
    private readonly use: KeyUse,
    private readonly log: ShippedLog,
    private readonly clock: Clock,
    private readonly turns: RowTurns,
  ) {}

  async usage(actor: Actor, id: string, parameters: unknown): Promise<UsageView> {
    const period = readUsagePeriod(readQuery(parameters, ['from', 'to', 'interval']), this.clock.now());
    const uuid = requireId('key', id);
    const complete = await this.use.catchUp(actor.organizationId);
    return this.turns.take(actor, () => this.read(actor, uuid, { period, complete }));
  }

  private read(actor: Actor, uuid: string, { period, complete }: { period: Period; complete: boolean }): Promise<UsageView> {
    return this.tenant.run(actor, async (tx) => {
      const { organizationId } = actor;
      if (!(await findKey(tx, organizationId, uuid))) missing();
      const from = await this.shownFrom(tx, actor, period.from);
      const key = { organizationId, id: uuid, from, to: period.to, hours: period.interval === 'day' ? 24 : 1 };
      const uses = await hoursOf(tx, key);
      const callers = await callersOf(tx, { organizationId, ids: [uuid], from, to: period.to });
      const seen = await readCallersOfKey(tx, { organizationId, apiKeyId: uuid, from, to: period.to, mostRows: MOST_ROWS, mostGroups: MOST_GROUPS }); // prettier-ignore
      return {
        ...{ from: from.toISOString(), to: period.to.toISOString(), interval: period.interval },
        ...figures(uses),
        statuses: statusesOf(uses),
        history: historyOf(uses),
        callers: callers.slice(0, MOST_CALLERS).map(toUsageCaller),
        ...placesOf(seen),
        lineage: await this.lineage(tx, actor, uuid),
        complete,
      };
    });
  }

  /** Of either key: the one that was rotated, or its successor. */
  async cutOver(actor: Actor, id: string, parameters: unknown): Promise<CutOverView> {
    const days = readDays(readQuery(parameters, ['days']));
    const uuid = requireId('key', id);
    // What is still in a journal is no reason to call anything safe.
    const shipped = await this.log.catchUp();
    const counted = await this.use.catchUp(actor.organizationId);
    return this.tenant.run(actor, async (tx) => {
      const now = this.clock.now();
      const { organizationId } = actor;
      const { old, next, successors } = await lineOf(tx, organizationId, uuid);
      const begun = next?.created_at ?? now;
      const from = await this.shownFrom(tx, actor, startOfDay(new Date(begun.getTime() - days * DAY_MS)));
      const seen = { organizationId, from, to: new Date(now.getTime() + DAY_MS) };
      const onOld = await callersOf(tx, { ...seen, ids: [old.id] });
      const moves = cutOver(onOld, await callersOf(tx, { ...seen, ids: successors.map((key) => key.id) }));
      const end = endOf(old, now);
      const asOf = counted ? knownUpTo(shipped, from) : null;
      const complete = asOf?.getTime() === shipped.askedAt.getTime();
      return {
        ...{ old: toRef(old, now), new: next && toRef(next, now), from: from.toISOString() },
        ...{ rotatedAt: iso(next?.created_at ?? null), overlapEndsAt: iso(old.rotated_out_at) },
        ...{ movedCallers: moves.movedCallers, remainingCallers: moves.remainingCallers, safeToRevoke: complete && moves.safeToRevoke },
        callers: moves.callers.slice(0, MOST_CALLERS).map(toMovingCaller),
        lateUse: end && lateUseOf(await callersOf(tx, { ...seen, ids: [old.id], from: end }), end),
        ...{ complete, asOf: iso(asOf) },
      };
    });
  }

  /** What the plan no longer shows is shown nowhere. */
  private async shownFrom(tx: EntityManager, { organizationId }: Actor, from: Date): Promise<Date> {
    const { begins } = await retentionOf(tx, organizationId, this.clock.now());
    return from > begins ? from : begins;
  }

  private async lineage(tx: EntityManager, { organizationId }: Actor, id: string): Promise<KeyRef[]> {
    const rows = await tx.query<KeyRow[]>(
      `with recursive before as (
         select id, replaces, 0 as step from api_key where organization_id = $1 and id = $2
         union all select k.id, k.replaces, b.step + 1 from before b join api_key k on k.organization_id = $1 and k.id = b.replaces where b.step < 100
       ) select ${keyColumns} from api_key where organization_id = $1 and id in (select id from before) order by created_at, id`,
      [organizationId, id],
    );
    const now = this.clock.now();
    return [...rows, ...(await successorsOf(tx, organizationId, id))].map((key) => toRef(key, now));
  }
}

type Line = { old: UsedKeyRow; next: KeyRow | null; successors: KeyRow[] };

/** The key that is moved away from, and where to: a key without a successor is itself one, if it took the place of another. */
async function lineOf(tx: EntityManager, organizationId: string, id: string): Promise<Line> {
  const asked = (await findKey(tx, organizationId, id)) ?? missing();
  const before = asked.replaced_by === null && asked.replaces !== null ? await findKey(tx, organizationId, asked.replaces) : null;
  const old = before ?? asked;
  const successors = await successorsOf(tx, organizationId, old.id);
  const nextId = before ? asked.id : old.replaced_by;
  return { old, next: successors.find((key) => key.id === nextId) ?? null, successors };
}

/** All keys that took its place, and theirs: who is on one of them has left this one. In the order they were made. */
function successorsOf(tx: EntityManager, organizationId: string, id: string): Promise<KeyRow[]> {
  return tx.query<KeyRow[]>(
    `with recursive after as (
       select id, 0 as step from api_key where organization_id = $1 and replaces = $2
       union all select k.id, a.step + 1 from after a join api_key k on k.organization_id = $1 and k.replaces = a.id where a.step < 100
     ) select ${keyColumns} from api_key where organization_id = $1 and id in (select id from after) order by created_at, id`,
    [organizationId, id],
  );
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
const startOfDay = (at: Date): Date => new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS);
const named = ({ network, agent }: Pick<CallerUse, 'network' | 'agent'>) => ({ network: network || null, agent: agent || null });
const toRef = (key: KeyRow, now: Date): KeyRef => ({
  id: typeId('key', key.id),
  name: key.name,
  masked: maskedKey(key.last4),
  state: keyState(datesOf(key), now),
  createdAt: key.created_at.toISOString(),
});

const toUsageCaller = (caller: CallerUse): UsageView['callers'][number] => ({
  ...named(caller),
  requests: caller.requests,
  refused: caller.refused,
  lastAcceptedAt: iso(caller.lastAcceptedAt),
  lastRefusedAt: iso(caller.lastRefusedAt),
});
const toMovingCaller = (move: CallerMove): CutOverView['callers'][number] => ({
  ...named(move),
  requests: move.requests,
  requestsNew: move.requestsNew,
  lastOld: iso(move.lastOld),
  lastNew: iso(move.lastNew),
  moved: move.moved,
});

function lateUseOf(callers: readonly CallerUse[], end: Date): LateUse | null {
  const late = callers.filter(({ lastDeadAt }) => lastDeadAt !== null && lastDeadAt >= end);
  if (late.length === 0) return null;
  late.sort((a, b) => b.dead - a.dead);
  return {
    requests: late.reduce((sum, { dead }) => sum + dead, 0),
    lastAt: iso(new Date(Math.max(...late.map(({ lastDeadAt }) => lastDeadAt?.getTime() ?? 0)))),
    callers: late.slice(0, MOST_CALLERS).map((caller) => ({ ...named(caller), requests: caller.dead, lastAt: iso(caller.lastDeadAt) })),
  };
}

/** The members of `UsageFigures`. */
function figures(uses: readonly HourUse[]) {
  const sum = (of: (use: HourUse) => number): number => uses.reduce((total, use) => total + of(use), 0);
  const inClass = (first: number) => (use: HourUse): number => Math.floor((use.status ?? 0) / 100) === first ? use.requests : 0; // prettier-ignore
  const buckets = (uses[0]?.buckets ?? []).map((_, index) => sum((use) => use.buckets[index] ?? 0));
  return {
    requests: sum((use) => use.requests),
    clientErrors: sum(inClass(4)),
    serverErrors: sum(inClass(5)),
    bytesOut: sum((use) => use.bytesOut),
    ...{ p50Ms: quantileMs(buckets, 0.5), p95Ms: quantileMs(buckets, 0.95), p99Ms: quantileMs(buckets, 0.99) },
  };
}

function statusesOf(uses: readonly HourUse[]): UsageView['statuses'] {
  const counts = new Map<number | null, number>();
  for (const { status, requests } of uses) counts.set(status, (counts.get(status) ?? 0) + requests);
  return [...counts].map(([status, requests]) => ({ status, requests })).sort((a, b) => b.requests - a.requests);
}

const historyOf = (uses: readonly HourUse[]): UsageView['history'] =>
  [...new Set(uses.map(({ from }) => from.getTime()))].map((at) => {
    const then = uses.filter(({ from }) => from.getTime() === at);
    return { from: new Date(at).toISOString(), ...figures(then), statuses: statusesOf(then) };
  });

function placesOf({ addresses, countries, agents, countedFrom }: CallersOfKey) {
  const group = ({ requests, firstAt, lastAt }: { requests: number; firstAt: Date; lastAt: Date }) => ({
    requests,
    firstSeenAt: firstAt.toISOString(),
    lastSeenAt: lastAt.toISOString(),
  });
  return {
    addresses: addresses.map((one) => ({ address: one.address, ...group(one) })),
    countries: countries.map((one) => ({ country: one.country, ...group(one) })),
    agents: agents.map((one) => ({ agent: one.agent, ...group(one) })),
    countedFrom: countedFrom.toISOString(),
  };
}

function readDays(query: Query): number {
  const text = readText(query, 'days');
  if (text === null) return DEFAULT_DAYS;
  const days = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > MOST_DAYS)
    throw invalidField({ pointer: '?days', rule: 'range', expected: `a whole number from 1 to ${MOST_DAYS}` });
  return days;
}

/** Seven days unless it says otherwise, in whole intervals. */
function readUsagePeriod(query: Query, now: Date): Period {
  const given = readPeriod(query);
  const to = given.to ?? now;
  const from = given.from ?? new Date(to.getTime() - DEFAULT_DAYS * DAY_MS);
  if (from >= to) throw invalidField({ pointer: '?from', rule: 'order', expected: 'a time before `to`' });
  const interval = readChoice(query, 'interval', ['hour', 'day']) ?? 'hour';
  const step = interval === 'day' ? DAY_MS : HOUR_MS;
  const period = {
    from: new Date(Math.floor(from.getTime() / step) * step),
    to: new Date(Math.ceil(to.getTime() / step) * step),
    interval,
  };
  if ((period.to.getTime() - period.from.getTime()) / step > MOST_INTERVALS) {
    throw invalidField({
      pointer: '?interval',
      rule: 'range',
      expected: `an interval of which the period has ${MOST_INTERVALS} at most, or a shorter period`,
    });
  }
  return period;
}
