import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { useEffect, useState, type SubmitEvent } from 'react';
import { useGetList } from 'react-admin';
import type { Member } from '../api-types';
import { TimeRange } from '../audit-logs/TimeRange';
import { isFiltered, nothingFiltered, type ActivityQuery } from './activity-query';
import { families } from './activity-words';

const Bar = styled('form')({
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'flex-end',
  gap: 8,
  marginBottom: 14,
  '& .MuiTextField-root': { flex: '0 1 200px', minWidth: 140 },
  '@media (max-width: 640px)': { '& .MuiTextField-root': { flex: '1 1 45%' } },
});

type Props = { query: ActivityQuery; setQuery: (next: ActivityQuery) => void };
type Option = readonly [value: string, label: string];

/** A value that came with the link and is not among the choices stays chosen, as it is. */
const withChosen = (options: readonly Option[], chosen: string | null): readonly Option[] =>
  chosen === null || options.some(([value]) => value === chosen) ? options : [...options, [chosen, chosen]];

function Choice({
  label,
  all,
  options,
  value,
  onChange,
}: {
  label: string;
  all: string;
  options: readonly Option[];
  value: string | null;
  onChange: (value: string | null) => void;
}) {
  // prettier-ignore
  return (
    <TextField
      select
      size="small"
      label={label}
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
      slotProps={{ select: { native: true }, inputLabel: { shrink: true } }}
    >
      <option value="">{all}</option>
      {withChosen(options, value).map(([one, text]) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
    </TextField>
  );
}

export function ActivityFilters({ query, setQuery }: Props) {
  const { data: members = [] } = useGetList<Member>('members', { pagination: { page: 1, perPage: 200 } }, { retry: false });
  const [address, setAddress] = useState(query.ip ?? '');
  useEffect(() => setAddress(query.ip ?? ''), [query.ip]);
  const people = members.filter(({ userId }) => userId !== null).map(({ userId, name }): Option => [userId ?? '', name]);
  const useAddress = (): void => {
    const ip = address.trim() === '' ? null : address.trim();
    if (ip !== query.ip) setQuery({ ...query, ip });
  };
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    useAddress();
  };
  return (
    <Bar onSubmit={submit} aria-label="Filters">
      <Choice label="What" all="Everything" options={families} value={query.action} onChange={(action) => setQuery({ ...query, action })} />
      <Choice label="Who" all="Everybody" options={people} value={query.actorId} onChange={(actorId) => setQuery({ ...query, actorId })} />
      <TextField
        size="small"
        label="IP address or network"
        value={address}
        placeholder="192.0.2.0/24"
        onChange={(event) => setAddress(event.target.value)}
        onBlur={useAddress}
        slotProps={{ inputLabel: { shrink: true } }}
      />
      <TimeRange query={query} setQuery={setQuery} />
      {query.targetId !== null && (
        <Button variant="outlined" onClick={() => setQuery({ ...query, targetId: null })} aria-label="Take away: one thing only">
          One thing only ×
        </Button>
      )}
      {isFiltered(query) && <Button onClick={() => setQuery(nothingFiltered)}>Clear all filters</Button>}
    </Bar>
  );
}
