/** What came in over the period: in whole, and over time. */
import { useMemo } from 'react';
import { useNavigate } from 'react-admin';
import type { StatsLine } from '../api-types';
import { Choice, Choices } from '../elements/Choices';
import { ProblemView } from '../elements/ProblemView';
import { Course } from './Course';
import { rangeLink, ranges, type Period, type RangeName } from './dashboard-range';
import { Columns, FigureList, type Figure } from './FigureList';
import { courseOf, parts } from './traffic-course';
import { rowsLink, useStats } from './use-stats';
import { countText, percentileText, share } from '../elements/figures';

const DAY_MS = 86_400_000;
const nothing = { requests: 0, clientErrors: 0, serverErrors: 0, p50Ms: null, p95Ms: null, p99Ms: null };
type Whole = Pick<StatsLine, keyof typeof nothing>;

const figuresOf = (period: Period, { requests, clientErrors, serverErrors, ...took }: Whole): Figure[] => [
  ['Requests', countText(requests), rowsLink(period)],
  ['4xx', share(clientErrors, requests), rowsLink(period, { status: '4xx' })],
  ['5xx', share(serverErrors, requests), rowsLink(period, { status: '5xx' })],
  ['Half within', percentileText(took.p50Ms), rowsLink(period)],
  ['95 % within', percentileText(took.p95Ms), rowsLink(period)],
  ['99 % within', percentileText(took.p99Ms), rowsLink(period)],
];

export function Traffic({ period }: { period: Period }) {
  const { from, to, interval } = period;
  const over = useStats({ from, to, interval });
  const whole = useStats({ from, to });
  const course = useMemo(() => (over.data ? courseOf(period, over.data.data) : null), [over.data, period]);
  const error = over.error ?? whole.error;
  if (error) {
    const retry = (): void => void Promise.all([over.refetch(), whole.refetch()]);
    return <ProblemView error={error} retry={retry} />;
  }
  const shape = { interval, days: ranges[period.name].ms / DAY_MS };
  const figures = figuresOf(period, whole.data?.data[0] ?? nothing);
  return (
    <>
      <FigureList figures={whole.data ? figures : figures.map(([label, , path]) => [label, '–', path])} />
      <Columns style={{ marginBottom: 28 }}>
        <Course
          title="Traffic"
          course={course}
          parts={parts}
          period={shape}
          empty="No program has called the API in this period. Choose a longer one, or make a call with a key."
        />
        <Course
          title="Errors"
          course={course}
          parts={['clientErrors', 'serverErrors']}
          period={shape}
          empty="No request was refused in this period, and none failed."
        />
      </Columns>
    </>
  );
}

export function Ranges({ period }: { period: Period }) {
  const navigate = useNavigate();
  return (
    <Choices label="Period">
      {Object.entries(ranges).map(([name, { label }]) => (
        <Choice key={name} chosen={name === period.name} onClick={() => navigate(rangeLink(name as RangeName))}>
          {label}
        </Choice>
      ))}
    </Choices>
  );
}
