/** What happened, in the order of time, as facts: nobody writes it. */
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import { useState } from 'react';
import type { Incident } from '../api-types';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { useTimeline } from './incident-lists';
import { number } from './incident-words';

const shown = 8;

const List = styled('ol')(({ theme }) => ({
  listStyle: 'none',
  margin: 0,
  padding: 0,
  fontSize: 13,
  lineHeight: '18px',
  '& li': { position: 'relative', padding: '0 0 12px 18px', overflowWrap: 'anywhere' },
  '& li::before': {
    content: '""',
    position: 'absolute',
    left: 2,
    top: 6,
    width: 7,
    height: 7,
    borderRadius: '50%',
    background: theme.palette.tone.strongLine,
  },
  '& li[data-weight]::before': { background: theme.palette.tone.accent },
  '& li:not(:last-of-type)::after': {
    content: '""',
    position: 'absolute',
    left: 5,
    top: 16,
    bottom: -3,
    width: 1,
    background: theme.palette.tone.line,
  },
  '& time': { display: 'block', fontSize: 12, color: theme.palette.tone.muted },
}));
const weighty = new Set(['opened', 'contained', 'replaced', 'scoped', 'closed', 'reopened']);

export function Timeline({ incident }: { incident: Incident }) {
  const { data, error, refetch } = useTimeline(incident.id, incident.closedAt === null);
  const [all, setAll] = useState(false);
  // Now is at the top: the latest is what somebody looks for.
  const events = [...(data?.data ?? [])].reverse();
  return (
    <section aria-label="Timeline">
      <h2>Timeline</h2>
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {!data && !error && [180, 140, 200].map((width) => <Skeleton key={width} width={width} height={12} style={{ marginBottom: 18 }} />)}
      <List>
        {(all ? events : events.slice(0, shown)).map(({ id, at, kind, text }) => (
          <li key={id} {...(weighty.has(kind) ? { 'data-weight': true } : {})}>
            {text}
            <TimeStamp at={at} />
          </li>
        ))}
      </List>
      {!all && events.length > shown && <Button onClick={() => setAll(true)}>Show all {number(events.length)}</Button>}
    </section>
  );
}
