/** What the activity page shows, as its URL says it: the API's own parameters, the time range, and the entry that is open. */
import { useCallback, useMemo } from 'react';
import { useLocation, useNavigate } from 'react-admin';
import { apiFilter, emptyQuery, presets, type LogQuery } from '../audit-logs/log-query';

const fields = ['action', 'actorId', 'targetType', 'targetId', 'ip'] as const;
type ActivityField = (typeof fields)[number];
export type ActivityQuery = Record<ActivityField, string | null> & Pick<LogQuery, 'preset' | 'from' | 'to'>;

function readActivity(search: string): ActivityQuery {
  const parameters = new URLSearchParams(search);
  const range = parameters.get('range');
  return {
    ...(Object.fromEntries(fields.map((field) => [field, parameters.get(field)])) as Record<ActivityField, string | null>),
    preset: range !== null && range in presets ? (range as LogQuery['preset']) : 'all',
    from: parameters.get('from'),
    to: parameters.get('to'),
  };
}

export function writeActivity(query: ActivityQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const name of [...fields, 'from', 'to'] as const) {
    const value = query[name];
    if (value !== null && value !== '') parameters.set(name, value);
  }
  if (query.preset !== 'all') parameters.set('range', query.preset);
  return parameters;
}

export const nothingFiltered: ActivityQuery = readActivity('');
export const isFiltered = (query: ActivityQuery): boolean => writeActivity(query).size > 0;

/** As the API takes it. A relative range begins where it began when the filter was chosen. */
export function activityFilter(query: ActivityQuery, now: Date): Record<string, string> {
  const { from, to } = apiFilter({ ...emptyQuery, preset: query.preset, from: query.from, to: query.to }, now);
  const parameters = writeActivity(query);
  parameters.delete('range');
  return { ...Object.fromEntries(parameters), ...(typeof from === 'string' ? { from } : {}), ...(typeof to === 'string' ? { to } : {}) };
}

export function useActivityQuery() {
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const query = useMemo(() => readActivity(search), [search]);
  const openId = useMemo(() => new URLSearchParams(search).get('open'), [search]);
  const go = useCallback(
    (next: ActivityQuery, open: string | null, replace: boolean) => {
      const parameters = writeActivity(next);
      if (open !== null) parameters.set('open', open);
      navigate({ pathname, search: parameters.size > 0 ? `?${parameters.toString()}` : '' }, { replace });
    },
    [navigate, pathname],
  );
  return {
    query,
    openId,
    setQuery: useCallback((next: ActivityQuery) => go(next, null, false), [go]),
    setOpen: useCallback((id: string | null) => go(query, id, true), [go, query]),
  };
}
