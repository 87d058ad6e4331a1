/** What is unusual in the log, as the product has noticed it by itself. */
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { detectorNames, detectors, findingSeverities } from '@pinebill/contract';
import { LinkBase, useInfiniteGetList, useLocation, useNavigate } from 'react-admin';
import type { Finding } from '../api-types';
import { Choice, Choices } from '../elements/Choices';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { countText } from '../elements/figures';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { severities } from '../incidents/incident-words';
import { SeverityChip } from '../incidents/Marks';
import { Page } from '../layout/Page';
import { DetectionLine } from './DetectionLine';
import { findingPath, stateWords } from './finding-words';
import { FindingStateChip, Subject } from './FindingMarks';

const REFRESH_MS = 15_000;
const Bar = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'flex-start', marginBottom: 6 });
const views = ['open', 'normal', 'closed', 'all'] as const;
type ViewName = (typeof views)[number];

function FindingRow({ finding }: { finding: Finding }) {
  const navigate = useNavigate();
  const { id, title, count, lastSeenAt, openedAt } = finding;
  return (
    <tr data-opens onClick={() => navigate(findingPath(id))}>
      <td style={{ width: '36%' }}>
        <LinkBase to={findingPath(id)} style={{ color: 'inherit', textDecoration: 'none', fontWeight: 500 }}>
          {title}
        </LinkBase>
      </td>
      <td className="fit" data-label="Severity">
        <SeverityChip {...finding} />
      </td>
      <td style={{ width: '30%' }} data-label="About">
        <Subject {...finding} />
      </td>
      <td className="fit" data-label="State">
        <FindingStateChip {...finding} />
      </td>
      <td className="fit number" data-label="Requests">
        {count === 0 ? 'none' : countText(count)}
      </td>
      <td className="fit" data-label="Noticed">
        <TimeStamp at={openedAt} relative />
      </td>
      <td className="fit" data-label="Last seen">
        <TimeStamp at={lastSeenAt} relative />
      </td>
    </tr>
  );
}

function Rows({ rows, stale }: { rows: readonly Finding[] | null; stale: boolean }) {
  return (
    <DataTable label="Findings" stale={stale}>
      <thead>
        <tr>
          {['Finding', 'Severity', 'About', 'State'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
          <th scope="col" className="number">
            Requests
          </th>
          <th scope="col">Noticed</th>
          <th scope="col">Last seen</th>
        </tr>
      </thead>
      {rows === null ? (
        <SkeletonRows rows={6} columns={[260, [52, 'fit'], 180, [48, 'fit'], [40, 'fit number'], [72, 'fit'], [72, 'fit']]} />
      ) : (
        <tbody>
          {rows.map((finding) => (
            <FindingRow key={finding.id} finding={finding} />
          ))}
        </tbody>
      )}
    </DataTable>
  );
}

function useView() {
  const { search } = useLocation();
  const navigate = useNavigate();
  const parameters = new URLSearchParams(search);
  const named = (name: string): string => parameters.get(name) ?? '';
  const state: ViewName = views.find((one) => one === named('state')) ?? 'open';
  const filter = { severity: named('severity'), detector: named('detector'), apiKeyId: named('apiKeyId') };
  const show = (next: Partial<typeof filter> & { state?: ViewName }): void => {
    const wanted = Object.entries({ ...filter, state, ...next }).filter(
      ([name, value]) => value !== '' && !(name === 'state' && value === 'open'),
    );
    navigate({ search: new URLSearchParams(wanted).toString() });
  };
  return { state, filter, show };
}
type View = ReturnType<typeof useView>;

type FieldProps = {
  label: string;
  any: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
};

function Field({ label, any, value, options, onChange }: FieldProps) {
  return (
    <TextField
      select
      value={value}
      onChange={({ target }) => onChange(target.value)}
      slotProps={{ select: { displayEmpty: true, inputProps: { 'aria-label': label } } }}
      style={{ minWidth: 140, maxWidth: '100%' }}
    >
      <MenuItem value="">{any}</MenuItem>
      {options.map(([name, text]) => (
        <MenuItem key={name} value={name}>
          {text}
        </MenuItem>
      ))}
    </TextField>
  );
}

const severityOptions = [...findingSeverities].reverse().map((one) => [one, severities[one].label] as const);
const detectorOptions = detectorNames.map((one) => [one, detectors[one].title] as const);

function Filters({ state, filter, show }: View) {
  return (
    <Bar>
      <Choices label="Which findings">
        {views.map((name) => (
          <Choice key={name} chosen={state === name} onClick={() => show({ state: name })}>
            {name === 'all' ? 'All' : stateWords[name].label}
          </Choice>
        ))}
      </Choices>
      <Field
        label="Severity"
        any="Any severity"
        value={filter.severity}
        options={severityOptions}
        onChange={(severity) => show({ severity })}
      />
      <Field label="Kind" any="Any kind" value={filter.detector} options={detectorOptions} onChange={(detector) => show({ detector })} />
      {filter.apiKeyId !== '' && (
        <Button variant="outlined" onClick={() => show({ apiKeyId: '' })}>
          Of one key only: show all
        </Button>
      )}
    </Bar>
  );
}

function Nothing({ state, filter, show }: View) {
  const isNarrowed = Object.values(filter).some((value) => value !== '');
  const everything = (
    <Button variant="outlined" onClick={() => show({ state: 'all', severity: '', detector: '', apiKeyId: '' })}>
      Show all findings
    </Button>
  );
  if (isNarrowed || state === 'normal' || state === 'closed')
    return (
      <EmptyState title="No such finding" action={everything}>
        Nothing that was found is in this view.
      </EmptyState>
    );
  return (
    <EmptyState
      title={state === 'all' ? 'Nothing was found yet' : 'Nothing unusual'}
      action={
        <>
          {state === 'open' && everything}
          <Button variant="outlined" component={LinkBase} to="/normal-usage">
            Say what is normal
          </Button>
        </>
      }
    >
      Every request is looked at within seconds: bursts of refusals, spikes, new networks and countries, keys that have ended, a busy key
      that goes silent. What is normal for a key is learnt in its first weeks; until then less is found.
    </EmptyState>
  );
}

export function FindingsPage() {
  const view = useView();
  const { state, filter } = view;
  const asked = Object.fromEntries(Object.entries({ ...filter, state: state === 'all' ? '' : state }).filter(([, value]) => value !== ''));
  const list = useInfiniteGetList<Finding>(
    'findings',
    { filter: asked, pagination: { page: 1, perPage: 50 } },
    { retry: false, placeholderData: (before) => before, refetchInterval: REFRESH_MS },
  );
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? null;
  return (
    <Page title="Findings" lead="What is unusual in the API log, noticed by itself, with what is normal here and what to do about it.">
      <DetectionLine />
      <Filters {...view} />
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {(!list.error || rows !== null) && (rows?.length === 0 ? <Nothing {...view} /> : <Rows rows={rows} stale={list.isPlaceholderData} />)}
      {list.hasNextPage && (
        <Button variant="outlined" style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show older findings
        </Button>
      )}
    </Page>
  );
}
