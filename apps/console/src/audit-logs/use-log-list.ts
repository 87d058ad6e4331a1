import { useMemo, useState } from 'react';
import { useInfiniteGetList } from 'react-admin';
import type { LogRecord } from '../api-types';
import { apiFilter, isNewestFirst, writeQuery, type LogQuery } from './log-query';

const pageSize = 50;
const pollMs = 5_000;

/**
 * The rows in view. The start of a relative range is fixed until the filter changes or somebody reloads, because a cursor belongs to one
 * exact filter. Live means: ask again every 5 s while the newest page is all that is shown; older pages would move under the reader.
 */
export function useLogList(query: LogQuery, live: boolean) {
  const written = writeQuery(query).toString();
  const [reloads, setReloads] = useState(0);
  // `written` is `query` by value: an equal filter must not start another walk.
  const filter = useMemo(() => apiFilter(query, new Date()), [written, reloads]);
  const list = useInfiniteGetList<LogRecord>(
    'audit-logs',
    { filter, sort: { field: 'startedAt', order: query.order === 'asc' ? 'ASC' : 'DESC' }, pagination: { page: 1, perPage: pageSize } },
    {
      retry: false,
      placeholderData: (before) => before,
      refetchInterval: ({ state }) => (live && isNewestFirst(query) && (state.data?.pages.length ?? 0) <= 1 ? pollMs : false),
    },
  );
  const rows = useMemo(() => list.data?.pages.flatMap(({ data }) => data) ?? [], [list.data]);
  return { ...list, rows, filter, reload: () => setReloads((count) => count + 1) };
}
