/** Traffic, or errors, over time: the chart, what its colours mean, and the same as a table whose numbers lead to their rows. */
import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import { lazy, startTransition, Suspense, useEffect, useState } from 'react';
import { LinkBase } from 'react-admin';
import { DataTable } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { once } from '../elements/once';
import { TimeStamp } from '../elements/TimeStamp';
import { Part as Section } from '../layout/Page';
import type { Period } from './dashboard-range';
import { intervalLink, partNames, type Interval, type Part } from './traffic-course';
import { countText, percentileText } from '../elements/figures';

// As large as a quarter of everything else, so it comes when the page has come to rest; plain bars stand in its place until then.
const loadChart = once(() => import('./CourseChart'));
const CourseChart = lazy(loadChart);
const REST_MS = 1_500;
const BETWEEN_MS = 100;
let cameToRest = false;
/** Each chart takes the browser some fifty milliseconds: one after the other, and between them it answers. */
let last: Promise<unknown> = Promise.resolve();
const HEIGHT = 200;

const Legend = styled('ul')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  gap: '4px 16px',
  margin: '0 0 4px',
  padding: 0,
  listStyle: 'none',
  fontSize: 12,
  color: theme.palette.tone.secondary,
  '& li': { display: 'flex', alignItems: 'center', gap: 6 },
  '& i': { width: 10, height: 10, borderRadius: 2 },
  '& i[data-part="succeeded"]': { background: theme.palette.tone.status.success.text },
  '& i[data-part="clientErrors"]': { background: theme.palette.tone.status.client.text },
  '& i[data-part="serverErrors"]': { background: theme.palette.tone.status.server.text },
}));
const Bars = styled('div')(({ theme }) => ({
  display: 'flex',
  alignItems: 'flex-end',
  gap: 1,
  // Where the chart has its axes.
  padding: '8px 0 25px 44px',
  '& > div': { flex: '1 1 0', display: 'flex', flexDirection: 'column', justifyContent: 'flex-end', height: '100%' },
  '& i[data-part="succeeded"]': { background: theme.palette.tone.status.success.text },
  '& i[data-part="clientErrors"]': { background: theme.palette.tone.status.client.text },
  '& i[data-part="serverErrors"]': { background: theme.palette.tone.status.server.text },
}));
const Details = styled('details')({ marginTop: 4, '& > summary': { cursor: 'pointer', fontSize: 13, padding: '6px 0' } });

/** What the parts are called, and which rows are behind an interval. */
export type Meaning = { names: Record<Part, string>; linkOf: (interval: Interval, part?: Part) => string };
const ofTraffic: Meaning = { names: partNames, linkOf: intervalLink };

type Props = {
  title: string;
  course: readonly Interval[] | null;
  parts: readonly Part[];
  period: Pick<Period, 'interval'> & { days: number };
  empty: string;
  meaning?: Meaning;
};

function useAtRest(): boolean {
  const [atRest, setAtRest] = useState(cameToRest);
  useEffect(() => {
    const draw = (): void => startTransition(() => setAtRest((cameToRest = true)));
    const timer = setTimeout(() => {
      // That it does not come is told where it is drawn.
      const loaded = loadChart().catch(() => undefined);
      last = Promise.all([last, loaded]).then(() => {
        draw();
        return new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
      });
    }, REST_MS);
    return () => clearTimeout(timer);
  }, []);
  return atRest;
}

function PlainBars({ course, parts }: Pick<Props, 'parts'> & { course: readonly Interval[] }) {
  const heights = course.map((at) => parts.reduce((sum, part) => sum + at[part], 0));
  const most = Math.max(1, ...heights);
  return (
    <Bars aria-hidden style={{ height: HEIGHT }}>
      {course.map((at) => (
        <div key={at.from}>
          {[...parts].reverse().map((part) => (
            <i key={part} data-part={part} style={{ display: 'block', height: `${(at[part] / most) * 100}%` }} />
          ))}
        </div>
      ))}
    </Bars>
  );
}

export function Course({ title, course, parts, period, empty, meaning = ofTraffic }: Props) {
  const atRest = useAtRest();
  /** Hundreds of rows: made when somebody wants them, and kept. */
  const [opened, setOpened] = useState(false);
  const total = course?.reduce((sum, at) => sum + parts.reduce((all, part) => all + at[part], 0), 0) ?? 0;
  return (
    <Section>
      <h2>{title}</h2>
      {course === null ? (
        <Skeleton width="100%" height={HEIGHT} />
      ) : total === 0 ? (
        <EmptyState title="Nothing here">{empty}</EmptyState>
      ) : (
        <>
          <Legend aria-hidden>
            {parts.map((part) => (
              <li key={part}>
                <i data-part={part} /> {meaning.names[part]}
              </li>
            ))}
          </Legend>
          {atRest ? (
            <Suspense fallback={<PlainBars course={course} parts={parts} />}>
              <CourseChart course={course} parts={parts} interval={period.interval} days={period.days} meaning={meaning} />
            </Suspense>
          ) : (
            <PlainBars course={course} parts={parts} />
          )}
          <Details>
            <summary onClick={() => setOpened(true)}>
              {title} in numbers, by the {period.interval}
            </summary>
            {opened && <CourseTable label={title} course={course} parts={parts} meaning={meaning} />}
          </Details>
        </>
      )}
    </Section>
  );
}

/** Quiet intervals are left out: there is nothing behind them. */
type TableProps = { label: string; course: readonly Interval[]; parts: readonly Part[]; meaning: Meaning };

function CourseTable({ label, course, parts, meaning: { names, linkOf } }: TableProps) {
  const lines = course.filter((at) => parts.some((part) => at[part] > 0)).reverse();
  const timed = lines.some(({ p95Ms }) => p95Ms !== null);
  return (
    <DataTable label={`${label} in numbers`} compact>
      <thead>
        <tr>
          <th scope="col">From</th>
          {parts.map((part) => (
            <th key={part} scope="col" className="number">
              {names[part]}
            </th>
          ))}
          {timed && (
            <th scope="col" className="number">
              95 % within
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {lines.map((at) => (
          <tr key={at.from}>
            <td>
              <LinkBase to={linkOf(at)}>
                <TimeStamp at={at.from} />
              </LinkBase>
            </td>
            {parts.map((part) => (
              <td key={part} className="number" data-label={names[part]}>
                {at[part] === 0 ? '0' : <LinkBase to={linkOf(at, part)}>{countText(at[part])}</LinkBase>}
              </td>
            ))}
            {timed && (
              <td className="number" data-label="95 % within">
                {percentileText(at.p95Ms)}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}
