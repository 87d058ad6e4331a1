/** What the page of errors shows, as its URL says it, and the rows behind each group. */
import { useMemo } from 'react';
import { useLocation } from 'react-admin';
import type { ErrorGroup } from '../api-types';
import { emptyQuery, narrowed, showEverybody, withoutPeople, type Selection } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import type { Query } from '../data-provider';
import { periodOf, ranges, type Period, type RangeName } from '../dashboard/dashboard-range';

export const audiences = { programs: 'Programs', everybody: 'Everybody' } as const;
export type Audience = keyof typeof audiences;
export type ErrorsQuery = { range: RangeName; audience: Audience };

const standard: ErrorsQuery = { range: '24h', audience: 'programs' };

function readErrorsQuery(search: string): ErrorsQuery {
  const parameters = new URLSearchParams(search);
  const range = parameters.get('range');
  return {
    range: range !== null && range in ranges ? (range as RangeName) : standard.range,
    audience: parameters.get('who') === 'everybody' ? 'everybody' : standard.audience,
  };
}

export function errorsLink({ range, audience }: ErrorsQuery): string {
  const parameters = new URLSearchParams({
    ...(range === standard.range ? {} : { range }),
    ...(audience === standard.audience ? {} : { who: audience }),
  });
  return parameters.size > 0 ? `/errors?${parameters.toString()}` : '/errors';
}

/** `now` is fixed until the reader asks again. */
export function useErrorsQuery(reloads: number): { query: ErrorsQuery; period: Period } {
  const { search } = useLocation();
  const query = useMemo(() => readErrorsQuery(search), [search]);
  const period = useMemo(() => periodOf(query.range, new Date()), [query.range, reloads]);
  return { query, period };
}

export const apiQuery = ({ from, to }: Pick<Period, 'from' | 'to'>, { audience }: Pick<ErrorsQuery, 'audience'>): Query => ({
  from,
  to,
  ...(audience === 'programs' ? { actorType: withoutPeople } : {}),
});

/** What no route matched: every template begins with a slash. */
const noRoute: Selection = { include: [], exclude: ['/*'] };

/** The rows of a group, of one of its keys or of all. */
export function groupLink(
  { method, route, status, reason }: Pick<ErrorGroup, 'method' | 'route' | 'status' | 'reason'>,
  { from, to, audience, apiKeyId }: { from: string; to: string; audience: Audience; apiKeyId?: string },
): string {
  const asked = { ...emptyQuery, from, to, fields: route === null ? { route: noRoute } : {} };
  const query = narrowed(audience === 'everybody' ? showEverybody(asked) : asked, {
    method,
    route,
    status: String(status),
    reason,
    apiKeyId,
  });
  return logLink(query);
}
