import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useGetList } from 'react-admin';
import { apiFilter, type LogQuery } from '../audit-logs/log-query';
import type { ApiKey, CreateHold, HoldView } from '../api-types';
import { FormDialog } from '../elements/FormDialog';
import { MonoText } from '../elements/Mono';
import { filterText } from './filter-text';
import { useRetentionCalls } from './retention-calls';

const MOST_KEYS = 200;
const day = { type: 'date', slotProps: { inputLabel: { shrink: true } } } as const;

/** Whole days in UTC: `to` is the last one. */
function bodyOf({
  reason,
  apiKeyId,
  ip,
  from,
  to,
  until,
}: Record<'reason' | 'apiKeyId' | 'ip' | 'from' | 'to' | 'until', string>): CreateHold {
  const after = (text: string): string => new Date(Date.parse(text) + 86_400_000).toISOString();
  const filter = {
    ...(apiKeyId && { apiKeyId }),
    ...(ip.trim() && { ip: ip.trim() }),
    ...(from && { from: new Date(from).toISOString() }),
    ...(to && { to: after(to) }),
  };
  return { reason: reason.trim(), filter, until: until ? after(until) : null };
}

/** `query`: what the log showed when somebody said to hold that; null: it is chosen here. */
export function NewHold({ query, onClose }: { query: LogQuery | null; onClose: () => void }) {
  const calls = useRetentionCalls();
  const [said, setSaid] = useState({ reason: '', apiKeyId: '', ip: '', from: '', to: '', until: '' });
  // A period like the last day is the one before this moment, and stays that.
  const [shown] = useState(() => query && (apiFilter(query, new Date()) as CreateHold['filter'] & HoldView['filter']));
  const field = (name: keyof typeof said) => ({
    value: said[name],
    onChange: ({ target }: { target: { value: string } }) => setSaid((before) => ({ ...before, [name]: target.value })),
  });
  return (
    <FormDialog
      title="Hold records"
      action="Hold"
      busy="Holding…"
      disabled={said.reason.trim() === ''}
      onSubmit={async () => {
        await calls.hold(shown ? { ...bodyOf(said), filter: shown } : bodyOf(said));
        onClose();
      }}
      onClose={onClose}
    >
      <TextField label="Why" placeholder="Who asked for it, in which matter" {...field('reason')} autoFocus required multiline />
      {shown ? (
        <p style={{ margin: 0 }}>
          What API Logs showed: <MonoText>{filterText(shown)}</MonoText>
          {shown['to'] === undefined && '. It has no end, so what comes is held as well.'}
        </p>
      ) : (
        <Which field={field} />
      )}
      <TextField
        label="Held until the end of"
        {...day}
        {...field('until')}
        helperText="Empty: until somebody releases it. Days are in UTC."
      />
    </FormDialog>
  );
}

type Field = (name: 'apiKeyId' | 'ip' | 'from' | 'to') => {
  value: string;
  onChange: (event: { target: { value: string } }) => void;
};

function Which({ field }: { field: Field }) {
  const { data: keys = [] } = useGetList<ApiKey>('api-keys', { pagination: { page: 1, perPage: MOST_KEYS } }, { retry: false });
  return (
    <>
      <TextField label="API key" select {...field('apiKeyId')} slotProps={{ select: { native: true }, inputLabel: { shrink: true } }}>
        <option value="">All, and requests without one</option>
        {keys.map(({ id, name, masked }) => (
          <option key={id} value={id}>
            {name} ({masked})
          </option>
        ))}
      </TextField>
      <TextField label="IP address or network" placeholder="All" {...field('ip')} />
      <div style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(140px, 1fr))', gap: 16 }}>
        <TextField label="From" {...day} {...field('from')} helperText="Empty: the beginning" />
        <TextField label="To, this day included" {...day} {...field('to')} helperText="Empty: all that comes" />
      </div>
      <p style={{ margin: 0 }}>Any other filter: set it in API Logs, and choose “Hold these records” there.</p>
    </>
  );
}
