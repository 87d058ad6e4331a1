/** Several keys at once: first who would be refused, key by key, then all of them or none. */
import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useDataProvider } from 'react-admin';
import type { BulkRevocation, BulkRevokedKey } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { KeyName } from '../elements/KeyName';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';

const List = styled('ul')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  maxHeight: 260,
  overflowY: 'auto',
  borderTop: `1px solid ${theme.palette.tone.line}`,
  fontSize: 13,
  lineHeight: '20px',
  '& > li': { padding: '8px 4px', borderBottom: `1px solid ${theme.palette.tone.line}`, overflowWrap: 'anywhere' },
  '& small': { display: 'block', fontSize: 12, color: theme.palette.tone.secondary },
}));

const shown = 3;
const countOf = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;

const usedOf = (inUse: number, all: number): string =>
  all === 1 ? 'It was' : `${inUse} of ${countOf(all, 'key')} ${inUse === 1 ? 'was' : 'were'}`;

function Callers({ callers, callerCount, lastUsedAt }: BulkRevokedKey) {
  if (callerCount === 0) {
    return (
      <small>
        Nobody in the last 24 hours. Last used: <TimeStamp at={lastUsedAt} relative missing="never" />
      </small>
    );
  }
  return (
    <>
      {callers.slice(0, shown).map(({ network, program, requests }) => (
        <small key={`${network ?? ''} ${program ?? ''}`}>
          {program ?? 'A program without a name'} from {network ?? 'an unknown address'}: {countOf(requests, 'request')}
        </small>
      ))}
      {callerCount > shown && <small>and {countOf(callerCount - shown, 'more caller')}</small>}
    </>
  );
}

function Preview({ preview }: { preview: BulkRevocation }) {
  const inUse = preview.keys.filter(({ callerCount }) => callerCount > 0).length;
  return (
    <>
      <Notice tone={inUse > 0 ? 'client' : 'success'}>
        {inUse > 0
          ? `${usedOf(inUse, preview.keys.length)} used in the last 24 hours. Those programs will be refused.`
          : `${preview.keys.length === 1 ? 'It was not' : 'None of them was'} used in the last 24 hours: nobody would notice.`}
      </Notice>
      {/* It scrolls, so it must be reachable by keyboard. */}
      <List tabIndex={0} aria-label="Keys to revoke">
        {preview.keys.map((key) => (
          <li key={key.id}>
            <KeyName {...key} />
            <Callers {...key} />
          </li>
        ))}
      </List>
    </>
  );
}

function Outcome({ outcome }: { outcome: BulkRevocation }) {
  const open = outcome.keys.filter(({ revocation }) => revocation?.effectiveAt === null).length;
  return (
    <Notice tone={open > 0 ? 'client' : 'success'}>
      <strong>{countOf(outcome.keys.length, 'key')} revoked</strong>
      <p>
        {open > 0
          ? `${countOf(open, 'key')} still wait for every process to confirm.`
          : 'In force everywhere: every further call with one of them is refused with 401 and stays in the log.'}
      </p>
    </Notice>
  );
}

export function BulkRevokeDialog({ ids, onClose, onRevoked }: { ids: readonly string[]; onClose: () => void; onRevoked: () => void }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('No longer used');
  const { data, error, refetch } = useQuery({
    queryKey: ['revoke-preview', ...ids],
    queryFn: () => dataProvider.revokeKeys(ids, { dryRun: true }),
    retry: false,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const [done, setDone] = useState(false);
  const revoke = async (): Promise<BulkRevocation> => {
    const outcome = await dataProvider.revokeKeys(ids, { reason: reason.trim() });
    setDone(true);
    await Promise.all(['hygiene', 'api-keys', 'audit-logs', 'owners'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
    return outcome;
  };
  return (
    <ConfirmDanger
      title={`Revoke ${countOf(ids.length, 'key')}?`}
      action={`Revoke ${countOf(ids.length, 'key')}`}
      ready={data !== undefined && reason.trim() !== ''}
      onConfirm={revoke}
      onClose={done ? onRevoked : onClose}
      result={(outcome) => <Outcome outcome={outcome} />}
    >
      <span>
        {ids.length === 1 ? 'It stops working at once, everywhere.' : 'They stop working at once, everywhere, all of them together.'} This
        cannot be undone.
      </span>
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data ? <Preview preview={data} /> : !error && <Skeleton variant="rounded" height={44 + ids.length * 56} />}
      <TextField
        label="Reason"
        required
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        helperText="Kept with each key and in the activity log."
        slotProps={{ htmlInput: { maxLength: 200 } }}
      />
    </ConfirmDanger>
  );
}
