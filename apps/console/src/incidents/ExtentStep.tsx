/** How far it went: from a start that is suggested and can be moved, everything that was done with the key and its successors. */
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useLocation, useNavigate } from 'react-admin';
import type { Incident, IncidentExtent } from '../api-types';
import { Course } from '../dashboard/Course';
import { FigureList, type Figure } from '../dashboard/FigureList';
import { EmptyState } from '../elements/EmptyState';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Row } from '../layout/Page';
import { bytes, courseOf, fromLocalInput, localInput, meaningOf, rowsBehind } from './extent-words';
import { Beyond, Deeds as Done, Origins } from './ExtentTables';
import { useIncidentCalls, useIncidentChanged } from './incident-calls';
import { number } from './incident-words';
import { keysIn } from './live';
import { Deeds, StepFrame } from './StepFrame';
import { useDeed } from './use-deed';

const parts = ['succeeded', 'clientErrors', 'serverErrors'] as const;
type Period = { from: string | null; to: string | null };

/** Which period is looked at, in the address: a link shows the same. */
function usePeriod(): [Period, (period: Period) => void] {
  const { search, pathname } = useLocation();
  const navigate = useNavigate();
  const parameters = new URLSearchParams(search);
  const show = (period: Period): void => {
    const set = Object.entries(period).flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
    navigate({ pathname, search: new URLSearchParams(set).toString() }, { replace: true });
  };
  return [{ from: parameters.get('from'), to: parameters.get('to') }, show];
}

const suggested: Record<IncidentExtent['suggestion']['basis'], string> = {
  departure: 'It begins where the use of the key departs from its habit',
  steady: 'Nothing departs from the habit of the key',
  short: 'There is too little use before to know a habit by',
  unused: 'The key was not used',
};

function Suggestion({ extent: { suggestion, from }, onShow }: { extent: IncidentExtent; onShow: (from: string) => void }) {
  const { suggestedFrom, basis, text, because } = suggestion;
  const isIt = suggestedFrom === from;
  return (
    <Notice tone={isIt && basis === 'departure' ? 'success' : 'client'}>
      <strong>{isIt ? suggested[basis] : suggestedFrom === null ? suggested.unused : 'Another start is suggested'}</strong>
      {because.length < 2 ? (
        <p>{text}</p>
      ) : (
        <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
          {because.slice(0, 5).map((one) => (
            <li key={`${one.kind} ${one.value ?? ''}`}>
              {one.text} <TimeStamp at={one.at} />
            </li>
          ))}
        </ul>
      )}
      {!isIt && suggestedFrom !== null && (
        <div>
          <Button variant="outlined" onClick={() => onShow(suggestedFrom)}>
            Begin there
          </Button>
        </div>
      )}
    </Notice>
  );
}

/** The start is moved by hand, or by an hour or a day. */
function Move({ extent, period, onShow }: { extent: IncidentExtent; period: Period; onShow: (period: Period) => void }) {
  const [from, setFrom] = useState(() => localInput(extent.from));
  const [to, setTo] = useState(() => (period.to === null ? '' : localInput(period.to)));
  const earlier = (hours: number): void => onShow({ ...period, from: new Date(Date.parse(extent.from) - hours * 3_600_000).toISOString() });
  const begin = fromLocalInput(from);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onShow({ from: begin, to: fromLocalInput(to) });
      }}
    >
      <Row style={{ alignItems: 'flex-end' }}>
        <TextField
          label="From"
          type="datetime-local"
          value={from}
          onChange={({ target }) => setFrom(target.value)}
          slotProps={{ htmlInput: { step: 1 } }}
        />
        <TextField
          label="To (now)"
          type="datetime-local"
          value={to}
          onChange={({ target }) => setTo(target.value)}
          slotProps={{ htmlInput: { step: 1 } }}
        />
        <Button type="submit" variant="outlined" disabled={begin === null}>
          Show
        </Button>
        <Button onClick={() => earlier(1)}>1 h earlier</Button>
        <Button onClick={() => earlier(24)}>1 day earlier</Button>
      </Row>
    </form>
  );
}

/** What these figures cannot say is said. */
function Limits({ extent: { gone, exact, comparedFrom } }: { extent: IncidentExtent }) {
  return (
    <>
      {(gone.cutsPeriod || gone.requests > 0 || gone.keysSince !== null) && (
        <Notice tone="client">
          <strong>Not everything is left to look through</strong>
          <p>
            What began before <TimeStamp at={gone.before} /> is gone by the retention of the plan
            {gone.requests > 0 && `: at least ${number(gone.requests)} requests with these keys`}
            {gone.keysSince !== null && (
              <>
                . One of the keys exists since <TimeStamp at={gone.keysSince} />
              </>
            )}
            .
          </p>
        </Notice>
      )}
      {!exact && (
        <Notice tone="client">
          There are too many requests to count all of them: only the newest are, since <TimeStamp at={comparedFrom} />. Choose a shorter
          time.
        </Notice>
      )}
    </>
  );
}

function figuresOf({ total, partFilters }: IncidentExtent): Figure[] {
  if (!total) return [];
  const { filter } = total;
  const link = (part?: string): string => rowsBehind(filter ?? '', part);
  return [
    ['Requests', number(total.requests), link()],
    ['Reads', number(total.reads), link(partFilters.reads)],
    ['Writes', number(total.writes), link(partFilters.writes)],
    ['Refused', number(total.refused), link(partFilters.refused)],
    ['Other errors', number(total.errors), link(partFilters.errors)],
    ...(total.unanswered > 0 ? [['No answer known', number(total.unanswered), link(partFilters.unanswered)] as const] : []),
    ...(total.aborted > 0 ? [['Left before the answer', number(total.aborted), rowsBehind(total.abortedFilter)] as const] : []),
    ['Bytes out', bytes(total.bytesOut), link(partFilters.accepted)],
  ];
}

function Found({ extent }: { extent: IncidentExtent }) {
  if (!extent.total) {
    return (
      <EmptyState title="Not one request in this time">
        Nothing was done with the key and its successors between <TimeStamp at={extent.from} /> and <TimeStamp at={extent.to} />. Move the
        start, or confirm that this is the extent.
      </EmptyState>
    );
  }
  const { interval, days, course } = courseOf(extent);
  return (
    <>
      <FigureList figures={figuresOf(extent)} />
      <Course
        title="Course"
        course={course}
        parts={parts}
        period={{ interval, days }}
        meaning={meaningOf(extent)}
        empty="Nothing in this time."
      />
      <Origins extent={extent} />
      <Done extent={extent} />
      <Beyond extent={extent} />
    </>
  );
}

function Confirm({ incident, extent, period }: { incident: Incident; extent: IncidentExtent; period: Period }): ReactNode {
  const calls = useIncidentCalls();
  const deed = useDeed(useIncidentChanged());
  const { scope } = incident;
  const isConfirmed = scope !== null && scope.from === extent.from && scope.to === period.to;
  if (!incident.actions.includes('confirmExtent') || isConfirmed) return null;
  return (
    <>
      {deed.error !== null && <ProblemView error={deed.error} />}
      <Deeds>
        <Button
          variant={scope === null ? 'contained' : 'outlined'}
          disabled={deed.busy}
          onClick={() =>
            void deed.run(() => calls.confirmExtent(incident.id, { from: extent.from, ...(period.to ? { to: period.to } : {}) }))
          }
        >
          {scope === null ? 'Confirm this extent' : 'Confirm this one instead'}
        </Button>
        <span style={{ fontSize: 13 }}>It was looked through from {<TimeStamp at={extent.from} />} on.</span>
      </Deeds>
    </>
  );
}

export function ExtentStep({ incident }: { incident: Incident }) {
  const [period, show] = usePeriod();
  const calls = useIncidentCalls();
  const hasKeys = keysIn(incident).length > 0;
  const { data, error, refetch, isPlaceholderData } = useQuery({
    queryKey: ['incidents', incident.id, 'extent', period],
    queryFn: () => calls.extent(incident.id, period),
    enabled: hasKeys,
    retry: false,
    placeholderData: (before) => before,
  });
  return (
    <StepFrame incident={incident} name="scoped">
      {!hasKeys && (
        <EmptyState title="No key is named">
          The extent is counted over a key and its successors. Name the key in the step “Contain”, or say that this step is not needed.
        </EmptyState>
      )}
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {hasKeys && !data && !error && (
        <div aria-busy>
          {[60, 90, 75, 80].map((width) => (
            <Skeleton key={width} width={`${width}%`} height={14} style={{ marginBottom: 18 }} />
          ))}
        </div>
      )}
      {data && (
        <div
          style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 20, opacity: isPlaceholderData ? 0.5 : 1 }}
          aria-busy={isPlaceholderData}
        >
          <Suggestion extent={data} onShow={(from) => show({ ...period, from })} />
          <Move key={`${data.from} ${period.to ?? ''}`} extent={data} period={period} onShow={show} />
          <Limits extent={data} />
          <Found extent={data} />
          <Confirm incident={incident} extent={data} period={period} />
        </div>
      )}
    </StepFrame>
  );
}
