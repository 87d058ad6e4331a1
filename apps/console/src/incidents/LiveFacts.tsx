/** What is so at this moment: how long it burns, whether it is out, and who still tries. */
import { styled } from '@mui/material/styles';
import type { ReactNode } from 'react';
import { LinkBase } from 'react-admin';
import type { Incident } from '../api-types';
import { TimeStamp } from '../elements/TimeStamp';
import { elapsed, number, span } from './incident-words';
import { keysIn, refusedLink } from './live';
import { useNow } from './use-incident';

const Facts = styled('dl')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
  gap: 1,
  margin: 0,
  border: `1px solid ${theme.palette.tone.line}`,
  borderRadius: 8,
  overflow: 'hidden',
  '& > div': { padding: '8px 12px', boxShadow: `0 0 0 1px ${theme.palette.tone.line}`, background: theme.palette.tone.page, minWidth: 0 },
  '& dt': { fontSize: 12, lineHeight: '16px', color: theme.palette.tone.muted },
  '& dd': { margin: 0, fontSize: 14, fontWeight: 600, lineHeight: '22px', fontVariantNumeric: 'tabular-nums', overflowWrap: 'anywhere' },
  '& dd small': { fontWeight: 400, fontSize: 12, color: theme.palette.tone.muted },
}));

type Fact = [label: string, value: ReactNode];

function Elapsed({ incident }: { incident: Incident }) {
  const now = useNow(incident.closedAt === null);
  return <>{elapsed(incident, now)}</>;
}

function liveFacts(incident: Incident): Fact[] {
  const stopped = keysIn(incident).flatMap(({ key }) => key?.live ?? []);
  if (stopped.length === 0) return [];
  const processes = new Map(stopped.flatMap((live) => live.processes.map((process) => [process.id, process] as const)));
  const confirmed = [...processes.keys()].filter((id) =>
    stopped.every((live) => live.processes.every((one) => one.id !== id || one.settledBy !== null)),
  );
  const accepted = stopped.flatMap(({ lastAcceptedAt }) => lastAcceptedAt ?? []).sort();
  const refused = stopped.reduce((sum, { refusedSince }) => sum + refusedSince.requests, 0);
  const link = refusedLink(stopped);
  return [
    ['Refused since', link && refused > 0 ? <LinkBase to={link}>{number(refused)}</LinkBase> : number(refused)],
    ['Last accepted', <TimeStamp key="at" at={accepted.at(-1) ?? null} relative missing="None known" />],
    ...(processes.size > 0
      ? [['Confirmed by', `${confirmed.length} of ${processes.size} ${processes.size === 1 ? 'process' : 'processes'}`] as Fact]
      : []),
  ];
}

function factsOf(incident: Incident): Fact[] {
  const { times, counts, closedAt } = incident;
  const { services, openServices } = counts;
  return [
    [closedAt === null ? 'Open for' : 'Took', <Elapsed key="elapsed" incident={incident} />],
    [
      'Contained',
      times.toContainSeconds === null ? 'Not yet' : times.toContainSeconds < 0 ? 'Before' : `after ${span(times.toContainSeconds)}`,
    ],
    ...liveFacts(incident),
    ...(services > 0 ? [['Services moved', `${number(services - openServices)} of ${number(services)}`] as Fact] : []),
    ['First look', times.toLookSeconds === null ? 'Nobody yet' : `after ${span(times.toLookSeconds)}`],
    ['Evidence', `${number(counts.evidence)} ${counts.evidence === 1 ? 'row' : 'rows'}`],
  ];
}

export function LiveFacts({ incident }: { incident: Incident }) {
  return (
    <Facts aria-label="At this moment">
      {factsOf(incident).map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </Facts>
  );
}
