/** How far the log was looked at: nothing found means something only for that. And whether what people do at the console is looked at too. */
import FormControlLabel from '@mui/material/FormControlLabel';
import { styled } from '@mui/material/styles';
import Switch from '@mui/material/Switch';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useDataProvider } from 'react-admin';
import type { DetectionView } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { countText } from '../elements/figures';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { useCan } from '../session/use-session';

const ASK_EVERY_MS = 15_000;
/** Until then it is the time between two looks. */
const LATE_MS = 2 * 60_000;
const Line = styled('div')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  gap: '2px 16px',
  alignItems: 'center',
  margin: '0 0 10px',
  fontSize: 13,
  color: theme.palette.tone.secondary,
  '& .MuiFormControlLabel-root': { margin: 0 },
  '& .MuiFormControlLabel-label': { fontSize: 13 },
}));

const isBehind = ({ waiting, oldestWaitingAt }: DetectionView): boolean =>
  waiting > 0 && oldestWaitingAt !== null && Date.now() - Date.parse(oldestWaitingAt) > LATE_MS;

function Trouble({ detection }: { detection: DetectionView }) {
  const { failures, lastFailedAt, waiting, oldestWaitingAt } = detection;
  if (failures === 0 && !isBehind(detection)) return null;
  return (
    <Notice tone="client" role="status" style={{ marginBottom: 10 }}>
      <strong>{failures > 0 ? 'The log cannot be looked at' : 'Detection is behind'}</strong>
      <p>
        {countText(waiting)} requests are not looked at yet{oldestWaitingAt && <>, the oldest of </>}
        {oldestWaitingAt && <TimeStamp at={oldestWaitingAt} />}. What is in them is not among the findings.{' '}
        {failures > 0 && lastFailedAt !== null ? (
          <>
            It last failed <TimeStamp at={lastFailedAt} relative />, and is tried again by itself. Tell whoever runs PineBill: the cause is
            on their System page.
          </>
        ) : (
          'It catches up by itself.'
        )}
      </p>
    </Notice>
  );
}

export function DetectionLine() {
  const send = useDataProvider<ConsoleDataProvider>().request;
  const queryClient = useQueryClient();
  const mayChange = useCan('findings:write');
  const [error, setError] = useState<unknown>(null);
  const queryKey = ['detection'];
  const { data } = useQuery({
    queryKey,
    queryFn: () => send<DetectionView>('GET', '/detection'),
    retry: false,
    refetchInterval: ASK_EVERY_MS,
  });
  // The list beside it shows its own failures.
  if (!data) return null;
  const change = async (includesPeople: boolean): Promise<void> => {
    try {
      setError(null);
      queryClient.setQueryData(queryKey, await send<DetectionView>('PATCH', '/detection', { includesPeople }));
    } catch (failure) {
      setError(failure);
    }
  };
  const people = data.includesPeople ? 'Console requests of people are looked at too.' : 'Console requests of people are left out.';
  return (
    <>
      {error !== null && <ProblemView error={error} />}
      <Trouble detection={data} />
      <Line>
        <span>
          {data.until === null ? (
            'Nothing was looked at yet.'
          ) : (
            <>
              Looked at up to <TimeStamp at={data.until} />
              {data.since !== null && (
                <>
                  , since <TimeStamp at={data.since} />
                </>
              )}
              .
            </>
          )}
        </span>
        {mayChange ? (
          <FormControlLabel
            control={<Switch size="small" checked={data.includesPeople} onChange={(_, checked) => void change(checked)} />}
            label="Look at console requests of people too"
          />
        ) : (
          <span>{people}</span>
        )}
      </Line>
    </>
  );
}
