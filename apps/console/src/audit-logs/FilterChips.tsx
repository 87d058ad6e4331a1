import Close from '@mui/icons-material/CloseRounded';
import { styled } from '@mui/material/styles';
import { logFields, type LogField } from '@pinebill/contract';
import { hidesConsole, dropField, showEverybody, unescapeValue, type LogQuery } from './log-query';
import { AddFilter } from './AddFilter';
import { memo } from 'react';
import type { KeyNames } from './search-text';

const Chip = styled('span')(({ theme }) => ({
  display: 'inline-flex',
  alignItems: 'center',
  gap: 6,
  height: 26,
  maxWidth: 360,
  paddingLeft: 9,
  borderRadius: 6,
  border: `1px solid ${theme.palette.tone.line}`,
  background: theme.palette.tone.rail,
  fontSize: 12,
  '& > span': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  '& b': { fontWeight: 500, color: theme.palette.tone.muted },
  '&[data-negated] b': { color: theme.palette.tone.status.server.text },
  '& button': {
    display: 'grid',
    placeItems: 'center',
    width: 24,
    height: 24,
    padding: 0,
    border: 0,
    borderRadius: 5,
    background: 'none',
    color: theme.palette.tone.muted,
    cursor: 'pointer',
    '&:hover': { background: theme.palette.tone.hover, color: theme.palette.tone.text },
    '& svg': { fontSize: 14 },
  },
}));

export const fieldLabels: Record<LogField, string> = {
  method: 'Method',
  status: 'Status',
  apiKeyId: 'Key',
  keyFingerprint: 'Key fingerprint',
  service: 'Service',
  team: 'Team',
  environment: 'Environment',
  actorType: 'Caller',
  path: 'Endpoint',
  route: 'Route',
  ip: 'IP',
  country: 'Country',
  userAgent: 'User agent',
  reason: 'Reason',
  requestId: 'Request ID',
  incidentId: 'Incident',
  findingId: 'Finding',
};

function Removable({ label, value, negated = false, onRemove }: { label: string; value: string; negated?: boolean; onRemove: () => void }) {
  const text = `${label}${negated ? ' is not' : ''}`;
  return (
    <Chip {...(negated ? { 'data-negated': true } : {})}>
      <span title={value}>
        {label && <b>{text} </b>}
        {value}
      </span>
      <button type="button" aria-label={`Remove the filter ${text} ${value}`.replaceAll('  ', ' ')} onClick={onRemove}>
        <Close aria-hidden />
      </button>
    </Chip>
  );
}

type Props = { query: LogQuery; setQuery: (next: LogQuery) => void; keys: KeyNames };

/** What is in force, one chip a condition; each can be taken away. */
export const FilterChips = memo(function FilterChips({ query, setQuery, keys }: Props) {
  const shown = (field: LogField, value: string): string =>
    field === 'apiKeyId' ? (keys.find(({ id }) => id === value)?.name ?? value) : unescapeValue(value);
  const isAnybody = query.fields.actorType?.include.includes('any') ?? false;
  return (
    <>
      {hidesConsole(query) && <Removable label="" value="API keys + anonymous" onRemove={() => setQuery(showEverybody(query))} />}
      {isAnybody && (
        <Removable label="" value="Everybody, with the console" onRemove={() => setQuery(dropField(query, 'actorType', false))} />
      )}
      {logFields.flatMap((field) =>
        ([false, true] as const).map((negated) => {
          const values = (negated ? query.fields[field]?.exclude : query.fields[field]?.include) ?? [];
          if (values.length === 0 || (field === 'actorType' && isAnybody)) return null;
          return (
            <Removable
              key={`${field} ${negated}`}
              label={fieldLabels[field]}
              negated={negated}
              value={values.map((one) => shown(field, one)).join(', ')}
              onRemove={() => setQuery(dropField(query, field, negated))}
            />
          );
        }),
      )}
      {query.minDurationMs !== null && (
        <Removable label="Slower than" value={`${query.minDurationMs} ms`} onRemove={() => setQuery({ ...query, minDurationMs: null })} />
      )}
      {query.maxDurationMs !== null && (
        <Removable label="Faster than" value={`${query.maxDurationMs} ms`} onRemove={() => setQuery({ ...query, maxDurationMs: null })} />
      )}
      <AddFilter query={query} setQuery={setQuery} keys={keys} />
    </>
  );
});
