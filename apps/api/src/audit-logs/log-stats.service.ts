/** Figures of the API log: what the plan shows of it, to those who may see it, by the filter of the list. */
import { Injectable } from '@nestjs/common';
import { isLookedUp, logFilterParameters } from '@pinebill/contract';
import {
  carriedBy,
  firstCounted,
  readStats,
  statsGroups,
  type RecordFilter,
  type StatsGroup,
  type StatsLine as Line,
} from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { typeId } from '../platform/ids';
import { invalidField, readChoice, readLimit, readQuery } from '../platform/query';
import { keyNames } from './key-names';
import { readLogFilter, type AskedFilter } from './log-query';
import type { LogStats, StatsLine } from './log-stats.dto';
import { LogViews } from './log-views';
import { recordFilter } from './record-filter';
import { RowTurns } from '../platform/row-turns';

const MINUTE_MS = 60_000;
const intervals = ['minute', 'hour', 'day'] as const;
const intervalMinutes = { minute: 1, hour: 60, day: 1_440 } as const;
/** A week by the minute, a year by the hour: no picture shows more, and no reader waits for it. */
const MOST_INTERVALS = 10_000;
const MOST_LINES = 20_000;
/** Counted while somebody waits, where the roll-ups do not carry the filter: about a second. */
const MOST_ROWS = 500_000;

@Injectable()
export class LogStatsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly views: LogViews,
    private readonly turns: RowTurns,
  ) {}

  stats(actor: Actor, parameters: unknown): Promise<LogStats> {
    const asked = readStatsQuery(parameters);
    const answer = (): Promise<LogStats> => this.answer(actor, asked);
    const dimension = carriedBy(asked.groupBy, carriable(asked.filter));
    // Addresses are counted over the rows where they were not told apart.
    return dimension === null || dimension === 'address' ? this.turns.take(actor, answer) : answer();
  }

  private answer(actor: Actor, { filter, from, to, groupBy, interval, limit }: StatsQuery): Promise<LogStats> {
    const { organizationId } = actor;
    return this.tenant.run(actor, async (tx) => {
      const view = await this.views.of(tx, actor);
      const period = { from: view.from(from), to: to ?? view.nextMinute };
      const empty = { exact: true, source: 'rollUps', from: period.from.toISOString(), to: period.to.toISOString(), countedFrom: period.from.toISOString() } as const; // prettier-ignore
      if (period.from >= period.to) return { ...empty, data: [] };
      await refuseTooMany(tx, { organizationId, ...period, interval }, view.now);
      const stats = await readStats(tx, {
        organizationId,
        filter: view.narrowed(await recordFilter(tx, organizationId, filter), actor),
        groupBy,
        ...period,
        intervalMinutes: interval && intervalMinutes[interval],
        mostGroups: limit,
        mostLines: MOST_LINES,
        mostRows: MOST_ROWS,
      });
      if (stats.lines.length > MOST_LINES) throw tooMany();
      const names =
        groupBy === 'apiKeyId'
          ? await keyNames(
              tx,
              organizationId,
              stats.lines.map(({ group }) => group),
            )
          : null;
      return {
        ...empty,
        data: stats.lines.map((line) => toLine(line, names)),
        exact: stats.exact,
        source: stats.source,
        countedFrom: stats.countedFrom.toISOString(),
      };
    });
  }
}

/** Evidence, and the rows of a finding, are counted over the rows, as single requests are. */
const carriable = ({ conditions, ...filter }: AskedFilter): RecordFilter => ({
  ...filter,
  conditions: conditions.map(({ field, ...condition }) => ({ ...condition, field: isLookedUp(field) ? 'requestId' : field })),
});

type StatsQuery = {
  filter: AskedFilter;
  from: Date | null;
  to: Date | null;
  groupBy: StatsGroup | null;
  interval: (typeof intervals)[number] | null;
  limit: number;
};

function readStatsQuery(parameters: unknown): StatsQuery {
  const query = readQuery(parameters, [...logFilterParameters, 'groupBy', 'interval', 'limit']);
  const groupBy = readChoice(query, 'groupBy', statsGroups);
  return { ...readLogFilter(query), groupBy, interval: readChoice(query, 'interval', intervals), limit: readLimit(query) };
}

type Asked = { organizationId: string; from: Date; to: Date; interval: StatsQuery['interval'] };

/** Of the part of the period in which there is anything. */
async function refuseTooMany(tx: EntityManager, { organizationId, from, to, interval }: Asked, now: Date): Promise<void> {
  if (interval === null) return;
  const most = MOST_INTERVALS * intervalMinutes[interval] * MINUTE_MS;
  if (to.getTime() - from.getTime() <= most) return;
  const first = await firstCounted(tx, organizationId, from);
  if (first !== null && Math.min(to.getTime(), now.getTime()) - first.getTime() > most) throw tooMany();
}

const tooMany = () =>
  invalidField({
    pointer: '?interval',
    rule: 'range',
    expected: `an interval of which the period has ${MOST_INTERVALS} at most, and no more than ${MOST_LINES} lines in all; or a shorter period, or fewer groups`,
  });

const OTHERS = '*';

function toLine(line: Line, names: ReadonlyMap<string, string> | null): StatsLine {
  const { group, others, from, clientErrors, serverErrors } = line;
  return {
    group: others ? OTHERS : group === null ? null : names ? typeId('key', group) : group,
    label: group === null ? null : (names?.get(group) ?? null),
    from: from.toISOString(),
    requests: line.requests,
    errors: clientErrors + serverErrors,
    clientErrors,
    serverErrors,
    p50Ms: line.p50Ms,
    p95Ms: line.p95Ms,
    p99Ms: line.p99Ms,
    bytesOut: line.bytesOut,
  };
}
