/** What the rule would have done, while it is being written: how often, when, for whom, with the rows behind each. */
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { LinkBase } from 'react-admin';
import type { BackTest, NewAlertRule } from '../api-types';
import { Course, type Meaning } from '../dashboard/Course';
import type { Interval, Part as BarPart } from '../dashboard/traffic-course';
import { Choice, Choices } from '../elements/Choices';
import { DataTable } from '../elements/DataTable';
import { countText } from '../elements/figures';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { useAlertCalls } from './alert-calls';
import { rowsLink } from './alert-words';

const DAY_MS = 86_400_000;
const REST_MS = 700;
const periods = [
  [1, 'Last 24 hours'],
  [7, 'Last 7 days'],
  [30, 'Last 30 days'],
] as const;
const lengths = { minute: 60_000, hour: 3_600_000, day: DAY_MS } as const;
const parts: readonly BarPart[] = ['succeeded', 'clientErrors'];

const Verdict = styled('p')(({ theme }) => ({
  margin: '0 0 2px',
  fontSize: 16,
  fontWeight: 600,
  '& + p': { color: theme.palette.tone.secondary, margin: '0 0 12px', fontSize: 13 },
}));

/** What somebody types is tried when they have stopped. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}

export const timesText = (count: number): string =>
  count === 0 ? 'not have fired' : count === 1 ? 'have fired once' : `have fired ${countText(count)} times`;

const limitTexts: Record<NonNullable<BackTest['limitedBy']>, string> = {
  retention: 'The plan keeps no more; what came before is not known.',
  detection: 'Detection has looked at no more: of the rest of the time it is not known.',
  size: 'There is more than can be counted while you wait; what came before was not looked at, and may have fired as well.',
};

function courseOf({ from, to, interval, series }: BackTest): Interval[] {
  const step = lengths[interval];
  const known = new Map(series.map((point) => [Date.parse(point.from), point]));
  const begin = Math.floor(Date.parse(from) / step) * step;
  return Array.from({ length: Math.max(0, Math.ceil((Date.parse(to) - begin) / step)) }, (_, index) => {
    const at = begin + index * step;
    const { calls = 0, fired = 0 } = known.get(at) ?? {};
    const bar = fired > 0 ? { succeeded: 0, clientErrors: Math.max(calls, 1) } : { succeeded: calls, clientErrors: 0 };
    return {
      from: new Date(at).toISOString(),
      to: new Date(at + step).toISOString(),
      requests: calls,
      p95Ms: null,
      serverErrors: 0,
      ...bar,
    };
  });
}

function Firings({ test: { data, fired } }: { test: BackTest }) {
  if (data.length === 0) return null;
  return (
    <>
      <DataTable label="When it would have fired" compact dense>
        <thead>
          <tr>
            {['When', 'For', 'Seen', 'Rows'].map((name) => (
              <th key={name} scope="col" className={name === 'Seen' ? 'number' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.slice(0, 50).map((one) => (
            <tr key={`${one.at} ${one.group?.value ?? ''}`}>
              <td className="fit">
                <TimeStamp at={one.at} />
                {one.quiet && ' (quiet hours)'}
              </td>
              <td data-label="For" title={one.group?.value}>
                {one.group?.label ?? 'All calls'}
              </td>
              <td className="fit number" data-label="Seen">
                {countText(one.count)}
              </td>
              <td className="fit" data-label="Rows">
                <LinkBase to={rowsLink(one.filter)}>Show rows</LinkBase>
                {one.findingId !== null && (
                  <>
                    {' '}
                    <LinkBase to={`/findings/${one.findingId}`}>Finding</LinkBase>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </DataTable>
      {fired > 50 && <p>The newest 50 of {countText(fired)} are shown.</p>}
    </>
  );
}

function Answer({ test, query }: { test: BackTest; query: NewAlertRule }) {
  const meaning: Meaning = {
    names: { succeeded: query.kind === 'filter' ? 'Calls' : 'Findings', clientErrors: 'It would have fired', serverErrors: '' },
    linkOf: (at) =>
      query.kind === 'detector'
        ? '/findings?view=all'
        : rowsLink({ ...(query.filter as Record<string, string> | undefined), from: at.from, to: at.to }),
  };
  const days = (Date.parse(test.to) - Date.parse(test.from)) / DAY_MS;
  return (
    <>
      <Verdict role="status">
        It would {timesText(test.fired)} {test.groups > 1 && `for ${countText(test.groups)} of them `}
      </Verdict>
      <p>
        From <TimeStamp at={test.from} /> to <TimeStamp at={test.to} />.
        {test.quiet > 0 && ` ${countText(test.quiet)} of them in quiet hours: people would have been told afterwards.`}{' '}
        {test.limitedBy && limitTexts[test.limitedBy]}
      </p>
      <Course
        title={query.kind === 'filter' ? 'Calls that it counts' : 'Findings that fit'}
        course={courseOf(test)}
        parts={parts}
        period={{ interval: test.interval, days }}
        empty={
          query.kind === 'filter'
            ? 'No call of this time is one that the rule counts.'
            : 'No finding of this time is one that the rule is about.'
        }
        meaning={meaning}
      />
      <Firings test={test} />
    </>
  );
}

/** `rule`: what decides when it fires. Null: something is missing still. */
export function BackTestPart({ rule, missing }: { rule: NewAlertRule | null; missing: string | null }) {
  const calls = useAlertCalls();
  const [days, setDays] = useState<number>(30);
  const typed = JSON.stringify(rule);
  const rested = useRested(typed);
  // As it was written here.
  const asked = JSON.parse(rested) as NewAlertRule | null;
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: ['alert-rules', 'back-test', rested, days],
    queryFn: () => (asked === null ? null : calls.backTest(asked, { from: new Date(Date.now() - days * DAY_MS).toISOString() })),
    enabled: asked !== null,
    retry: false,
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  const isOld = isPlaceholderData || typed !== rested;
  return (
    <Part aria-label="What it would have done">
      <h2>What it would have done</h2>
      <Choices label="How far back">
        {periods.map(([length, label]) => (
          <Choice key={length} chosen={length === days} onClick={() => setDays(length)}>
            {label}
          </Choice>
        ))}
      </Choices>
      {missing !== null ? (
        <p>{missing}</p>
      ) : error ? (
        <ProblemView error={error} retry={() => void refetch()} />
      ) : data && asked ? (
        <div style={isOld ? { opacity: 0.5 } : undefined} aria-busy={isOld}>
          <Answer test={data} query={asked} />
        </div>
      ) : (
        <Course title="Calls that it counts" course={null} parts={parts} period={{ interval: 'hour', days }} empty="" />
      )}
    </Part>
  );
}
