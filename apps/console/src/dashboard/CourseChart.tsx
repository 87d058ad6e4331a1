/**
 * Bars over time, stacked; a bar leads to its rows. Drawn by MUI X, in the colours of the theme. For eyes and a pointer: whoever uses neither has the table
 * behind it, with the same numbers and links, so the chart takes no focus and is not read out.
 */
import { BarChart } from '@mui/x-charts/BarChart';
import { useTheme } from '@mui/material/styles';
import { useNavigate } from 'react-admin';
import { countText } from '../elements/figures';
import { useTimeZone } from '../elements/time-zone';
import { courseLabels } from './course-labels';
import type { Period } from './dashboard-range';
import type { Meaning } from './Course';
import type { Interval, Part } from './traffic-course';

const HEIGHT = 200;

type Props = { course: readonly Interval[]; parts: readonly Part[]; interval: Period['interval']; days: number; meaning: Meaning };

export default function CourseChart({ course, parts, interval, days, meaning }: Props) {
  const { palette } = useTheme();
  const navigate = useNavigate();
  const { success, client, server } = palette.tone.status;
  const colours: Record<Part, string> = { succeeded: success.text, clientErrors: client.text, serverErrors: server.text };
  const [zone] = useTimeZone();
  const labels = courseLabels(interval, { days, zone });
  const open = (index: number | undefined, part?: Part): void => {
    const at = index === undefined ? undefined : course[index];
    if (at) navigate(meaning.linkOf(at, part));
  };
  return (
    <div aria-hidden style={{ height: HEIGHT, cursor: 'pointer' }}>
      <BarChart
        height={HEIGHT}
        margin={{ top: 8, right: 0, bottom: 0, left: 0 }}
        skipAnimation
        disableKeyboardNavigation
        hideLegend
        borderRadius={2}
        series={parts.map((part) => ({
          id: part,
          label: meaning.names[part],
          data: course.map((at) => at[part]),
          stack: 'all',
          color: colours[part],
          valueFormatter: (value) => countText(value ?? 0),
        }))}
        xAxis={[
          {
            data: course.map(({ from }) => new Date(from)),
            scaleType: 'band',
            categoryGapRatio: 0.25,
            tickLabelMinGap: 16,
            // By the hour over days: one a day, where it begins.
            ...(interval === 'hour' && days > 1 ? { tickInterval: (at: Date) => labels.beginsDay(at), tickPlacement: 'start' } : {}),
            valueFormatter: (at: Date, { location }) => (location === 'tick' ? labels.tick(at) : labels.whole(at)),
          },
        ]}
        yAxis={[
          {
            tickNumber: 3,
            tickMinStep: 1,
            width: 44,
            disableLine: true,
            disableTicks: true,
            valueFormatter: (value: number) => compact.format(value),
          },
        ]}
        grid={{ horizontal: true }}
        onItemClick={(event, { dataIndex, seriesId }) => {
          event.stopPropagation();
          open(
            dataIndex,
            parts.find((part) => part === seriesId),
          );
        }}
        onAxisClick={(_, at) => open(at?.dataIndex)}
        sx={{
          '& .MuiChartsAxis-line, & .MuiChartsAxis-tick': { stroke: `${palette.tone.line} !important` },
          '& .MuiChartsGrid-line': { stroke: `${palette.tone.line} !important` },
          '& .MuiChartsAxis-tickLabel': { fill: `${palette.tone.muted} !important`, fontSize: '12px !important' },
        }}
      />
    </div>
  );
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
