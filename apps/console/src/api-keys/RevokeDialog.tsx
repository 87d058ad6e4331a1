/** Revoke, from wherever a key is shown. Who used it lately is read from the log first, because that is who will be refused. */
import Chip from '@mui/material/Chip';
import TextField from '@mui/material/TextField';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useDataProvider, useGetList } from 'react-admin';
import type { LogRecord, RevokeResult } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { Row } from '../layout/Page';
import { RevocationOutcome } from './RevocationOutcome';

export type RevocableKey = { id: string; name: string; masked: string };
const suggestions = ['Leaked or suspected leak', 'No longer used', 'Replaced by another key', 'Service shut down'];
const sample = 200;

function useCallersOfDay(apiKeyId: string): string {
  const filter = useMemo(() => ({ apiKeyId, from: new Date(Date.now() - 86_400_000).toISOString() }), [apiKeyId]);
  const { data, isPending, error, pageInfo } = useGetList<LogRecord>(
    'audit-logs',
    { filter, pagination: { page: 1, perPage: sample }, sort: { field: 'startedAt', order: 'DESC' } },
    { retry: false },
  );
  if (isPending) return 'Looking up who used it in the last 24 hours…';
  if (error) return 'Who used it in the last 24 hours could not be looked up. It can be revoked all the same.';
  const working = data.filter(({ status }) => status !== null && status < 400);
  if (data.length === 0) return 'Nobody used it in the last 24 hours.';
  const addresses = new Set(data.map(({ ip }) => ip)).size;
  const count = `${data.length}${pageInfo?.hasNextPage ? ' or more' : ''} ${data.length === 1 ? 'call' : 'calls'} from ${addresses} ${addresses === 1 ? 'address' : 'addresses'}`;
  return working.length === 0
    ? `In the last 24 hours: ${count}, none of which succeeded.`
    : `In the last 24 hours: ${count}. Those programs will be refused.`;
}

export function RevokeDialog({ apiKey, onClose }: { apiKey: RevocableKey; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const callers = useCallersOfDay(apiKey.id);
  const revoke = async (): Promise<RevokeResult> => {
    const outcome = await dataProvider.revokeKey(apiKey.id, reason.trim());
    await Promise.all(['api-keys', 'audit-logs'].map((resource) => queryClient.invalidateQueries({ queryKey: [resource] })));
    return outcome;
  };
  return (
    <ConfirmDanger
      title={`Revoke ${apiKey.name}?`}
      action="Revoke key"
      ready={reason.trim() !== ''}
      onConfirm={revoke}
      onClose={onClose}
      result={(outcome) => <RevocationOutcome outcome={outcome} apiKey={apiKey} reason={reason.trim()} />}
    >
      <span>
        <MonoText>{apiKey.masked}</MonoText> stops working at once, everywhere. This cannot be undone: a program that still needs access
        gets a new key.
      </span>
      <Notice tone="client">{callers}</Notice>
      <TextField
        label="Reason"
        required
        autoFocus
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        helperText="Kept with the key and in the activity log."
        slotProps={{ htmlInput: { maxLength: 200 } }}
      />
      <Row>
        {suggestions.map((text) => (
          <Chip key={text} size="small" variant={reason === text ? 'filled' : 'outlined'} label={text} onClick={() => setReason(text)} />
        ))}
      </Row>
    </ConfirmDanger>
  );
}
