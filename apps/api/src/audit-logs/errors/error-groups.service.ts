/** Errors of the API log, the same ones together: what the plan shows of them, to those who may see it, by the filter of the list. */
import { Injectable } from '@nestjs/common';
import { logFilterParameters } from '@pinebill/contract';
import { readErrorGroups, type ErrorGroup as Group } from '@pinebill/nestjs-audit';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { typeIdOrNull } from '../../platform/ids';
import { readLimit, readQuery } from '../../platform/query';
import { keyNames } from '../key-names';
import { readLogFilter } from '../log-query';
import { LogViews } from '../log-views';
import { recordFilter } from '../record-filter';
import { RowTurns } from '../../platform/row-turns';
import type { ErrorGroup, ErrorGroups } from './error-groups.dto';

const COURSE_PARTS = 24;
const TOP_CALLERS = 5;
/** Read while somebody waits: about a second. */
const MOST_ROWS = 500_000;

@Injectable()
export class ErrorGroupsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly views: LogViews,
    private readonly turns: RowTurns,
  ) {}

  list(actor: Actor, parameters: unknown): Promise<ErrorGroups> {
    return this.turns.take(actor, () => this.read(actor, parameters));
  }

  private read(actor: Actor, parameters: unknown): Promise<ErrorGroups> {
    const query = readQuery(parameters, [...logFilterParameters, 'limit']);
    const { filter, from, to } = readLogFilter(query);
    const limit = readLimit(query);
    const { organizationId } = actor;
    return this.tenant.run(actor, async (tx) => {
      const view = await this.views.of(tx, actor);
      const period = { from: view.from(from), to: to ?? view.now };
      const told = { from: period.from.toISOString(), to: period.to.toISOString() };
      if (period.from >= period.to) return { data: [], groups: 0, counted: 0, total: null, exact: true, ...told, countedFrom: told.from };
      const asked = {
        organizationId,
        filter: view.narrowed(await recordFilter(tx, organizationId, filter), actor),
        ...period,
        mostGroups: limit,
        mostRows: MOST_ROWS,
      };
      const found = await readErrorGroups(tx, { ...asked, parts: COURSE_PARTS, mostCallers: TOP_CALLERS });
      const names = await keyNames(tx, organizationId, found.groups.flatMap(({ topCallers }) => topCallers.map(({ apiKeyId }) => apiKeyId))); // prettier-ignore
      return {
        data: found.groups.map((group) => toView(group, names)),
        groups: found.groupCount,
        counted: found.counted,
        total: found.total,
        exact: found.countedFrom <= period.from,
        ...told,
        countedFrom: found.countedFrom.toISOString(),
      };
    });
  }
}

function toView(group: Group, names: ReadonlyMap<string, string>): ErrorGroup {
  const { method, route, status, reason, code, requests, firstAt, lastAt, callers, topCallers, course } = group;
  return {
    ...{ method, route, status, reason, code, requests, callers, course },
    firstSeenAt: firstAt.toISOString(),
    lastSeenAt: lastAt.toISOString(),
    topCallers: topCallers.map(({ type, apiKeyId, requests: errors }) => ({
      type,
      apiKeyId: typeIdOrNull('key', apiKeyId),
      name: apiKeyId === null ? null : (names.get(apiKeyId) ?? null),
      requests: errors,
    })),
  };
}
