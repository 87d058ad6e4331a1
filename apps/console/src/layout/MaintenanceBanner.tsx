/** One line on every page while the operator has changes refused: that it is so, until when, why, and what still works. Gone when it ends. */
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useDataProvider } from 'react-admin';
import type { MaintenanceView } from '../api-types';
import { onMaintenanceRefusal, type ConsoleDataProvider } from '../data-provider';
import { TimeStamp } from '../elements/TimeStamp';
import { relativeTime } from '../elements/times';

const ASK_EVERY_MS = 30_000;

const Line = styled('div')(({ theme }) => {
  const { surface, line, text } = theme.palette.tone.status.client;
  return {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'center',
    columnGap: 10,
    padding: '7px 16px',
    borderBottom: `1px solid ${line}`,
    background: surface,
    color: theme.palette.tone.text,
    fontSize: 13,
    lineHeight: '20px',
    '& strong': { fontWeight: 600, color: text },
    '& span': { overflowWrap: 'anywhere' },
    '@media (max-width: 760px)': { display: 'block', '& strong, & > span': { display: 'block' } },
  };
});

/**
 * Asked now and then, and at once when something was refused; what was heard last stands while nobody answers. Each question is a row of the
 * log: where nobody is signed in it is asked once, and again only while there is something that will end.
 */
function useMaintenance(signedIn: boolean): MaintenanceView | null {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data, refetch } = useQuery({
    queryKey: ['maintenance'],
    queryFn: () => dataProvider.maintenance(),
    refetchInterval: ({ state }) => (signedIn || state.data?.active ? ASK_EVERY_MS : false),
    retry: false,
  });
  useEffect(() => onMaintenanceRefusal(() => void refetch()), [refetch]);
  return data?.active ? data : null;
}

function Until({ endsAt }: { endsAt: string | null }) {
  if (endsAt === null) return <>Maintenance</>;
  const isOver = Date.parse(endsAt) <= Date.now();
  return isOver ? (
    <>
      Maintenance, takes longer than announced (<TimeStamp at={endsAt} />)
    </>
  ) : (
    <>
      Maintenance until <TimeStamp at={endsAt} /> ({relativeTime(endsAt)})
    </>
  );
}

export function MaintenanceBanner({ signedIn = false }: { signedIn?: boolean }) {
  const maintenance = useMaintenance(signedIn);
  // The region is there before its words are: only then they are read out when they come.
  return (
    <div role="status" style={{ gridArea: 'banner' }}>
      {maintenance && (
        <Line>
          <strong>
            <Until endsAt={maintenance.endsAt} />
          </strong>
          <span>Changes are refused. Reading, signing in and revoking keys go on.</span>
          {maintenance.message !== null && <span>{maintenance.message}</span>}
        </Line>
      )}
    </div>
  );
}
