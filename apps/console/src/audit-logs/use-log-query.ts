import { useCallback, useMemo } from 'react';
import { useLocation, useNavigate } from 'react-admin';
import { readQuery, writeQuery, type LogQuery } from './log-query';

/** The page's state is its URL: what is filtered, and which row is open. Going back undoes the last filter, not the last row. */
export function useLogQuery() {
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const query = useMemo(() => readQuery(search), [search]);
  const openId = useMemo(() => new URLSearchParams(search).get('open'), [search]);
  const go = useCallback(
    (next: LogQuery, open: string | null, replace: boolean) => {
      const parameters = writeQuery(next);
      if (open !== null) parameters.set('open', open);
      navigate({ pathname, search: parameters.size > 0 ? `?${parameters.toString()}` : '' }, { replace });
    },
    [navigate, pathname],
  );
  const setQuery = useCallback((next: LogQuery) => go(next, openId, false), [go, openId]);
  const replaceQuery = useCallback((next: LogQuery) => go(next, openId, true), [go, openId]);
  const setOpen = useCallback((id: string | null) => go(query, id, true), [go, query]);
  return { query, setQuery, replaceQuery, openId, setOpen, isBare: search === '' };
}
export const logLink = (query: LogQuery): string => `/audit-logs?${writeQuery(query).toString()}`;
