/** What is normal, as people have said it: for keys, and for the organization. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import { LinkBase, useInfiniteGetList, useNavigate } from 'react-admin';
import type { Baseline } from '../api-types';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Page } from '../layout/Page';
import { useCan } from '../session/use-session';
import { DraftDialog } from './DraftDialog';
import { usagePath } from './usage-calls';
import { hoursText } from './usage-form';
import { UsageState, Whose } from './UsageMarks';

const columns = ['Whose use', 'State', 'Version', 'In short', 'Approved'];

/** `Mon–Fri 06:00–20:00 · 2 networks · 5 endpoints`. */
function shortly({ hours, networks, endpoints, countries, agents, perHour }: Baseline): string {
  const counted = (list: readonly string[] | null, one: string, many: string): string | null =>
    list && (list.length === 1 ? `1 ${one}` : `${list.length} ${many}`);
  const parts = [
    hours?.map(hoursText).join(', ') ?? null,
    counted(networks, 'network', 'networks'),
    counted(countries, 'country', 'countries'),
    counted(agents, 'program', 'programs'),
    counted(endpoints, 'endpoint', 'endpoints'),
    perHour === null ? null : `up to ${perHour} an hour`,
  ];
  return parts.filter((part) => part !== null).join(' · ') || 'Nothing is described';
}

function UsageRow({ usage }: { usage: Baseline }) {
  const navigate = useNavigate();
  const { id, version, approvedAt, approvedBy } = usage;
  return (
    <tr data-opens onClick={() => navigate(usagePath(id))}>
      <td style={{ width: '30%' }}>
        <LinkBase to={usagePath(id)} style={{ color: 'inherit', textDecoration: 'none', fontWeight: 500 }}>
          <Whose {...usage} />
        </LinkBase>
      </td>
      <td className="fit" data-label="State">
        <UsageState {...usage} />
      </td>
      <td className="fit number" data-label="Version">
        {version}
      </td>
      <td style={{ width: '45%' }} data-label="In short">
        <span title={shortly(usage)}>{shortly(usage)}</span>
      </td>
      <td className="fit" data-label="Approved">
        {approvedAt ? (
          <span>
            <TimeStamp at={approvedAt} relative /> by {approvedBy}
          </span>
        ) : (
          'Not yet'
        )}
      </td>
    </tr>
  );
}

export function NormalUsagePage() {
  const mayDraft = useCan('findings:write');
  const [drafting, setDrafting] = useState(false);
  // Earlier versions stand on the page of the one in force.
  const list = useInfiniteGetList<Baseline>(
    'baselines',
    { filter: { state: 'draft,approved' }, pagination: { page: 1, perPage: 50 } },
    { retry: false },
  );
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? null;
  const draft = mayDraft && (
    <Button variant="contained" onClick={() => setDrafting(true)}>
      Draft from the log
    </Button>
  );
  return (
    <Page
      title="Normal usage"
      lead="What is expected of a key, in words that a person has approved. Detection goes by it where it says something, and by what it has learnt elsewhere."
      actions={draft}
    >
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {!list.error && rows?.length === 0 && (
        <EmptyState title="Nothing is described yet" action={draft}>
          Detection learns from the log what is usual. What you approve here goes before that: hours, networks, countries, programs,
          endpoints and how many requests an hour.
        </EmptyState>
      )}
      {!list.error && rows?.length !== 0 && (
        <DataTable label="Normal usage">
          <thead>
            <tr>
              {columns.map((name) => (
                <th key={name} scope="col" className={name === 'Version' ? 'number' : ''}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          {rows === null ? (
            <SkeletonRows rows={4} columns={[200, [60, 'fit'], [24, 'fit number'], 320, [100, 'fit']]} />
          ) : (
            <tbody>
              {rows.map((usage) => (
                <UsageRow key={usage.id} usage={usage} />
              ))}
            </tbody>
          )}
        </DataTable>
      )}
      {list.hasNextPage && (
        <Button variant="outlined" style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      )}
      {drafting && <DraftDialog known={rows ?? []} onClose={() => setDrafting(false)} />}
    </Page>
  );
}
