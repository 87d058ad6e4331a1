/** Some keys of the organization, by name. */
import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useGetList } from 'react-admin';
import type { ApiKey } from '../api-types';

type Props = {
  label: string;
  helperText?: string;
  chosen: readonly string[];
  onChange: (ids: string[]) => void;
  without?: readonly string[];
};

export function KeyPicker({ label, helperText, chosen, onChange, without = [] }: Props) {
  const { data = [] } = useGetList<ApiKey>('api-keys', { pagination: { page: 1, perPage: 200 } }, { retry: false });
  const options = data.filter(({ id, state }) => !without.includes(id) && state !== 'revoked');
  return (
    <Autocomplete
      multiple
      options={options}
      value={options.filter(({ id }) => chosen.includes(id))}
      onChange={(_, keys) => onChange(keys.map(({ id }) => id))}
      getOptionLabel={({ name, masked }) => `${name} (${masked})`}
      isOptionEqualToValue={(one, other) => one.id === other.id}
      slotProps={{ paper: { role: 'region', 'aria-label': `${label}: suggestions` } }}
      renderInput={(input) => <TextField {...input} label={label} helperText={helperText} />}
    />
  );
}
