/** Keys of the organization that scanners have found, where, and what was done. */
import Button from '@mui/material/Button';
import Tooltip from '@mui/material/Tooltip';
import { styled } from '@mui/material/styles';
import { LinkBase, useInfiniteGetList, useNavigate } from 'react-admin';
import type { LeakReport } from '../api-types';
import { Chip } from '../elements/Chip';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { KeyName, KeyStateChip } from '../elements/KeyName';
import { MonoText } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Page } from '../layout/Page';
import { useCan } from '../session/use-session';
import { actionWords, linkOf, sourceText } from './leak-words';

const columns = ['Key', 'State now', 'Found at', 'Reported', 'Done', 'Incident'];
const Muted = styled('small')(({ theme }) => ({ fontSize: 12, color: theme.palette.tone.muted }));
/** The place, and under it how it was found: a long address leaves no room beside it. */
const Place = styled('div')({
  minWidth: 0,
  '& > a, & > span:first-of-type': {
    display: 'block',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    width: 'fit-content',
    maxWidth: '100%',
  },
});

function FoundAt({ url, source, type }: LeakReport) {
  const link = url === null ? null : linkOf(url);
  return (
    <Place>
      {link !== null ? (
        <a href={link} target="_blank" rel="noreferrer noopener" title={link}>
          {link.replace(/^https?:\/\//, '')}
        </a>
      ) : (
        <MonoText>{url ?? 'The report names no place'}</MonoText>
      )}
      <Muted>{[sourceText(source), `by the rule ${type}`].filter(Boolean).join(', ')}</Muted>
    </Place>
  );
}

function Done({ action }: LeakReport) {
  if (action === null) return <Chip tone="unknown">In progress</Chip>;
  const { label, tone, meaning } = actionWords[action];
  return (
    <Tooltip title={meaning} describeChild>
      <Chip tone={tone}>{label}</Chip>
    </Tooltip>
  );
}

function Row({ report }: { report: LeakReport }) {
  const { apiKey, incidentId, reportedAt, times } = report;
  return (
    <tr>
      <td style={{ width: '26%' }}>
        <LinkBase to={`/api-keys/${apiKey.id}/show`}>
          <KeyName {...apiKey} />
        </LinkBase>
      </td>
      <td className="fit" data-label="State now">
        <KeyStateChip state={apiKey.state} />
      </td>
      <td style={{ width: '44%', paddingBlock: 7 }} data-label="Found at">
        <FoundAt {...report} />
      </td>
      <td className="fit" data-label="Reported">
        <TimeStamp at={reportedAt} relative /> {times > 1 && <Muted>{times} times</Muted>}
      </td>
      <td className="fit" data-label="Done">
        <Done {...report} />
      </td>
      <td className="fit" data-label="Incident">
        {incidentId === null ? 'None' : <LinkBase to={`/incidents/${incidentId}`}>Open</LinkBase>}
      </td>
    </tr>
  );
}

export function LeaksPage() {
  const navigate = useNavigate();
  const mayCheck = useCan('incidents:write');
  const list = useInfiniteGetList<LeakReport>(
    'leak-reports',
    { pagination: { page: 1, perPage: 50 } },
    // Something is done about a report within a second or two.
    { retry: false, refetchInterval: ({ state }) => (state.data?.pages.some(({ data }) => data.some(isOpen)) ? 2_000 : false) },
  );
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? null;
  const check = mayCheck && (
    <Button variant="contained" onClick={() => navigate('/leak-check')}>
      Check a text
    </Button>
  );
  return (
    <Page
      title="Leaks"
      lead="Keys of yours that were found where they do not belong, as scanners such as GitHub's have reported them, and what was done at once."
      actions={
        <>
          {mayCheck && <Button onClick={() => navigate('/settings')}>What is done</Button>}
          {check}
        </>
      }
    >
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {!list.error && rows?.length === 0 && (
        <EmptyState title="No key of yours was reported" action={check}>
          A scanner that finds one tells PineBill, which acts in the same second. Whoever runs PineBill names the scanners it believes
          (PINEBILL_LEAK_KEYS_URL). {mayCheck && 'A text that looks suspicious can be checked by hand.'}
        </EmptyState>
      )}
      {!list.error && rows?.length !== 0 && (
        <DataTable label="Reports of leaked keys">
          <thead>
            <tr>
              {columns.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          {rows === null ? (
            <SkeletonRows rows={5} columns={[200, [60, 'fit'], 260, [72, 'fit'], [64, 'fit'], [40, 'fit']]} />
          ) : (
            <tbody>
              {rows.map((report) => (
                <Row key={report.id} report={report} />
              ))}
            </tbody>
          )}
        </DataTable>
      )}
      {list.hasNextPage && (
        <Button variant="outlined" style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show more reports
        </Button>
      )}
    </Page>
  );
}

const isOpen = ({ action }: LeakReport): boolean => action === null;
