/** The activity list: what people changed, filtered by its URL, with what was before and after beside it. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useEffect, useMemo } from 'react';
import { useInfiniteGetList } from 'react-admin';
import type { ActivityEntry } from '../api-types';
import { Address, AddressLink } from '../elements/Address';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { PageHead } from '../layout/Page';
import { activityFilter, isFiltered, nothingFiltered, useActivityQuery, writeActivity, type ActivityQuery } from './activity-query';
import { inBrief, isWhole, sentenceOf, whoText } from './activity-words';
import { ActivityFilters } from './ActivityFilters';
import { ActivityPanel } from './ActivityPanel';

const Split = styled('div')({ display: 'flex', minHeight: '100%' });
const List = styled('div')({ flex: 1, minWidth: 0, padding: '20px 24px 48px', '@media (max-width: 640px)': { padding: '16px 16px 40px' } });
const Changed = styled('span')(({ theme }) => ({ color: theme.palette.tone.muted, fontSize: 12 }));

function EntryRow({ entry, open, onOpen }: { entry: ActivityEntry; open: boolean; onOpen: () => void }) {
  const { target } = entry;
  const brief = inBrief(entry);
  return (
    <tr
      data-opens
      tabIndex={0}
      aria-selected={open}
      onClick={onOpen}
      onKeyDown={(event) => event.key === 'Enter' && event.target === event.currentTarget && onOpen()}
    >
      <td className="fit">
        <TimeStamp at={entry.occurredAt} />
      </td>
      <td style={{ width: '22%' }} data-label="Who">
        {whoText(entry.actor)}
      </td>
      <td style={{ width: '78%' }} data-label="What">
        <span>
          <span title={entry.action}>{sentenceOf(entry)}</span> {!isWhole(entry) && <span>{target.name ?? target.id}</span>}{' '}
          <Changed title={brief}>{brief}</Changed>
        </span>
      </td>
      <td className="fit" data-label="IP Address">
        <Address ip={entry.ip} />
        {entry.ip !== null && <AddressLink ip={entry.ip} />}
      </td>
    </tr>
  );
}

function Nothing({ query, setQuery }: { query: ActivityQuery; setQuery: (next: ActivityQuery) => void }) {
  if (!isFiltered(query))
    return (
      <EmptyState title="No change yet">
        As soon as somebody creates a key, invites a person or changes a setting, it stands here.
      </EmptyState>
    );
  return (
    <EmptyState
      title="No change matches"
      action={
        <Button variant="contained" onClick={() => setQuery(nothingFiltered)}>
          Clear all filters
        </Button>
      }
    >
      Nobody did such a thing in this time. Take a filter away, or widen the time range.
    </EmptyState>
  );
}

function useEntries(query: ActivityQuery) {
  const written = writeActivity(query).toString();
  // `written` is `query` by value: a cursor belongs to one exact filter.
  const filter = useMemo(() => activityFilter(query, new Date()), [written]);
  const list = useInfiniteGetList<ActivityEntry>('activity', { filter, pagination: { page: 1, perPage: 50 } }, { retry: false });
  return { ...list, rows: list.data?.pages.flatMap(({ data }) => data) ?? [] };
}

/** A filter that the API refuses, such as an address that is none, can be taken away. */
function Refused({ error, onRetry, onClear }: { error: unknown; onRetry: () => void; onClear: (() => void) | null }) {
  return (
    <>
      <ProblemView error={error} retry={onRetry} />
      {onClear && (
        <Button variant="outlined" style={{ marginTop: 12 }} onClick={onClear}>
          Clear all filters
        </Button>
      )}
    </>
  );
}

function Rows({ list, openId, onOpen }: { list: ReturnType<typeof useEntries>; openId: string | null; onOpen: (id: string) => void }) {
  return (
    <DataTable label="Activity">
      <thead>
        <tr>
          {['When', 'Who', 'What', 'IP Address'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      {list.isPending ? (
        <SkeletonRows rows={10} columns={[[164, 'fit'], 120, 320, [100, 'fit']]} />
      ) : (
        <tbody>
          {list.rows.map((entry) => (
            <EntryRow key={entry.id} entry={entry} open={entry.id === openId} onOpen={() => onOpen(entry.id)} />
          ))}
        </tbody>
      )}
    </DataTable>
  );
}

function useEscape(close: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) close();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [close]);
}

export function ActivityList() {
  const { query, setQuery, openId, setOpen } = useActivityQuery();
  const list = useEntries(query);
  const open = list.rows.find(({ id }) => id === openId);
  useEscape(() => openId !== null && setOpen(null));
  return (
    <Split>
      <List>
        <PageHead
          title="Activity"
          lead="What people changed: keys, members, settings, sign-ins. Written together with the change itself."
        />
        <ActivityFilters query={query} setQuery={setQuery} />
        {list.error ? (
          <Refused
            error={list.error}
            onRetry={() => void list.refetch()}
            onClear={isFiltered(query) ? () => setQuery(nothingFiltered) : null}
          />
        ) : !list.isPending && list.rows.length === 0 ? (
          <Nothing query={query} setQuery={setQuery} />
        ) : (
          <Rows list={list} openId={openId} onOpen={setOpen} />
        )}
        {list.hasNextPage && !list.error && (
          <Button variant="outlined" style={{ marginTop: 14 }} disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? 'Loading…' : 'Show older changes'}
          </Button>
        )}
      </List>
      {open && (
        <ActivityPanel entry={open} onClose={() => setOpen(null)} onFilter={(changes) => setQuery({ ...nothingFiltered, ...changes })} />
      )}
    </Split>
  );
}
