import Button from '@mui/material/Button';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { useDataProvider } from 'react-admin';
import type { QuarantinedRecord } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { CodeBlock } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';

/** Indented where it is JSON; as it is where it is not. */
function readable(record: string): string {
  try {
    return JSON.stringify(JSON.parse(record), null, 2);
  } catch {
    return record;
  }
}

/** The own ones need no owner. Of another organization's is said where it lies: whoever runs the installation can find it there. */
function ownerOf({ organization, record, journalId, offset }: QuarantinedRecord): string {
  if (organization === null) return '(whose it is could not be read)';
  if (record !== null) return '';
  return `(of ${organization.name ?? 'an organization that does not exist'}, ${organization.id}; offset ${offset} of journal ${journalId})`;
}

function Row({ row }: { row: QuarantinedRecord }) {
  const [open, setOpen] = useState(false);
  return (
    <Fragment>
      <tr>
        <td className="fit">
          <TimeStamp at={row.quarantinedAt} />
        </td>
        <td className="wrap" style={{ width: '100%' }} data-label="Error">
          <span>
            {row.error} {ownerOf(row)}
          </span>
        </td>
        <td className="fit number">
          {row.record === null ? (
            'not shown'
          ) : (
            <Button aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? 'Hide record' : 'Show record'}
            </Button>
          )}
        </td>
      </tr>
      {open && row.record !== null && (
        <tr>
          {/* The first cell of a card is its headline, which leaves room for a menu. */}
          <td hidden />
          <td colSpan={3} className="wrap">
            <div style={{ flex: 1, minWidth: 0 }}>
              <CodeBlock code={readable(row.record)} label="record as it was" wrap />
            </div>
          </td>
        </tr>
      )}
    </Fragment>
  );
}

/** `count` changes when there is something new to read. */
export function Quarantine({ count }: { count: number | null }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const list = useInfiniteQuery({
    queryKey: ['system', 'quarantine', count],
    queryFn: ({ pageParam }) => dataProvider.quarantine(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  const isEmpty = list.data !== undefined && rows.length === 0;
  return (
    <Part>
      <h2>Quarantine</h2>
      <p>
        {isEmpty
          ? 'Empty, as it should be. A record that PostgreSQL will not take is kept here as it was; it never holds up the others.'
          : 'Records that PostgreSQL would not take, as they were; those of other organizations are not shown. Report them to the project: none should ever be here.'}
      </p>
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {!isEmpty && !list.error && (
        <DataTable label="Quarantine">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What PostgreSQL said</th>
              <th scope="col" className="number">
                Record
              </th>
            </tr>
          </thead>
          {list.data === undefined ? (
            <SkeletonRows rows={2} columns={[[164, 'fit'], 320, [80, 'fit']]} />
          ) : (
            <tbody>
              {rows.map((row) => (
                <Row key={`${row.journalId} ${row.offset}`} row={row} />
              ))}
            </tbody>
          )}
        </DataTable>
      )}
      {list.hasNextPage && (
        <Button variant="outlined" style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show older records
        </Button>
      )}
    </Part>
  );
}
