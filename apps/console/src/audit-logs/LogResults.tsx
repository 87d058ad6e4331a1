/** What the list shows: the rows, or why there are none. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useCallback, useDeferredValue, useMemo } from 'react';
import { useNavigate } from 'react-admin';
import { CountryCredit } from '../elements/CountryCredit';
import { EmptyState } from '../elements/EmptyState';
import { ProblemView } from '../elements/ProblemView';
import { emptyQuery, isNarrowed, type LogQuery } from './log-query';
import { LogTable } from './LogTable';
import type { useLogList } from './use-log-list';
import type { Look } from './use-look';

const Foot = styled('div')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  gap: '8px 16px',
  alignItems: 'center',
  paddingTop: 14,
  fontSize: 12,
  color: theme.palette.tone.muted,
}));

function Nothing({ query, setQuery }: { query: LogQuery; setQuery: (next: LogQuery) => void }) {
  const navigate = useNavigate();
  const everything = query.preset === 'all' && query.from === null && query.to === null;
  if (isNarrowed(query) || !everything) {
    return (
      <EmptyState
        title="No request matches"
        action={
          <>
            {!everything && (
              <Button variant="contained" onClick={() => setQuery({ ...query, preset: 'all', from: null, to: null })}>
                Search everything kept
              </Button>
            )}
            <Button variant="outlined" onClick={() => setQuery({ ...emptyQuery, preset: 'all' })}>
              Clear all filters
            </Button>
          </>
        }
      >
        Nothing was recorded in this time with these filters. Widen the time range, or take a filter away.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="No API request yet"
      action={
        <>
          <Button variant="contained" onClick={() => navigate('/api-keys')}>
            Open API keys
          </Button>
          <Button variant="outlined" onClick={() => navigate('/api-introduction')}>
            Read the introduction
          </Button>
        </>
      }
    >
      As soon as a program calls the API, the call stands here within a second. Create a key and make the first one.
    </EmptyState>
  );
}

function ListFoot({ list, query }: { list: ReturnType<typeof useLogList>; query: LogQuery }) {
  if (list.rows.length === 0) return null;
  return (
    <Foot>
      {list.hasNextPage && (
        <Button variant="outlined" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {list.isFetchingNextPage ? 'Loading…' : query.order === 'desc' ? 'Show older requests' : 'Show newer requests'}
        </Button>
      )}
      <span>
        {!list.hasNextPage && 'That is all. '}Click a value to see only its rows, Alt + click to leave them out. <kbd>?</kbd> shows the
        keyboard.
      </span>
      <CountryCredit />
    </Foot>
  );
}

type ResultsProps = Pick<
  Parameters<typeof LogTable>[0],
  'openId' | 'activeId' | 'selection' | 'marked' | 'onOpen' | 'onFilter' | 'onActions' | 'onSelect'
> & {
  list: ReturnType<typeof useLogList>;
  query: LogQuery;
  setQuery: (next: LogQuery) => void;
  look: Look;
};

/** The rows are most of the work of the page: they follow what is around them, in slices, and nobody who types waits for them. */
export function Results({ list, query, setQuery, look, ...events }: ResultsProps) {
  const { rows, isPending: loading, isPlaceholderData: stale } = list;
  const shown = useDeferredValue(useMemo(() => ({ rows, loading, stale }), [rows, loading, stale]));
  const onOrder = useCallback(() => setQuery({ ...query, order: query.order === 'desc' ? 'asc' : 'desc' }), [query, setQuery]);
  if (list.error && rows.length === 0) return <ProblemView error={list.error} retry={list.reload} />;
  if (!loading && rows.length === 0) return <Nothing query={query} setQuery={setQuery} />;
  return (
    <>
      {list.error && <ProblemView error={list.error} retry={list.reload} />}
      <LogTable {...events} {...shown} columns={look.columns} density={look.density} order={query.order} onOrder={onOrder} />
      {shown.rows.length > 0 && <ListFoot list={list} query={query} />}
    </>
  );
}
