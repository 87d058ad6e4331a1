/** Revoke, from wherever a key is shown. Who uses it is looked up first, because that is who will be refused. */
import Chip from '@mui/material/Chip';
import TextField from '@mui/material/TextField';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useDataProvider } from 'react-admin';
import type { RevokeResult } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { MonoText } from '../elements/Mono';
import { Row } from '../layout/Page';
import { CallersNotice } from './CallersNotice';
import { RevocationOutcome } from './RevocationOutcome';

export type RevocableKey = { id: string; name: string; masked: string };
const suggestions = ['Leaked or suspected leak', 'No longer used', 'Replaced by another key', 'Service shut down'];

export function RevokeDialog({ apiKey, onClose }: { apiKey: RevocableKey; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
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
      <CallersNotice apiKeyId={apiKey.id} />
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
