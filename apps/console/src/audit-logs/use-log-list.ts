import { useCallback, useMemo, useState } from 'react';
import { useInfiniteGetList } from 'react-admin';
import type { LogRecord } from '../api-types';
import { apiFilter, isNewestFirst, withoutLook, writeQuery, type LogQuery } from './log-query';
import { merged, useLiveLogs } from './use-live-logs';

const pageSize = 50;
/** Only where the log cannot be followed. */
const pollMs = 5_000;

/**
 * The rows in view. The start of a relative range is fixed until the filter changes or somebody reloads, because a cursor belongs to one
 * exact filter. Live means: new rows come in above as they are recorded, while the newest are wanted first; older pages stay where they are.
 */
export function useLogList(query: LogQuery, { live, paused }: { live: boolean; paused: boolean }) {
  const written = writeQuery(withoutLook(query)).toString();
  const [reloads, setReloads] = useState(0);
  const reload = useCallback(() => setReloads((count) => count + 1), []);
  // `written` is `query` by value: an equal filter must not start another walk.
  const filter = useMemo(() => apiFilter(query, new Date()), [written, reloads]);
  const on = live && isNewestFirst(query);
  const [polling, setPolling] = useState(false);
  const list = useInfiniteGetList<LogRecord>(
    'audit-logs',
    { filter, sort: { field: 'startedAt', order: query.order === 'asc' ? 'ASC' : 'DESC' }, pagination: { page: 1, perPage: pageSize } },
    {
      retry: false,
      placeholderData: (before) => before,
      refetchInterval: ({ state }) => (on && polling && !paused && (state.data?.pages.length ?? 0) <= 1 ? pollMs : false),
    },
  );
  const following = useLiveLogs({ filter, on, paused, onBegun: () => void list.refetch(), onOverflow: reload });
  if (polling !== (following.state === 'refused')) setPolling(following.state === 'refused');
  const listed = useMemo(() => list.data?.pages.flatMap(({ data }) => data) ?? [], [list.data]);
  const rows = useMemo(() => merged(following.above, listed), [following.above, listed]);
  return { ...list, rows, filter, reload, waiting: following.waiting, following: following.state };
}
