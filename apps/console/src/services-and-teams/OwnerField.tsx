/** Which service or team: one of the list, or a new name, which is put on the list when the form is saved. */
import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useInput } from 'react-admin';
import type { OwnerList } from '../api-types';
import { useOwners } from './use-owners';

type Props = { list: OwnerList; label: string; helperText: string; value: string; onChange: (name: string) => void };

export function OwnerField({ list, label, helperText, value, onChange }: Props) {
  const { data = [] } = useOwners(list);
  const name = value.trim();
  const isNew = name !== '' && !data.some((owner) => owner.name.toLowerCase() === name.toLowerCase());
  return (
    <Autocomplete
      freeSolo
      autoHighlight={false}
      options={data.map((owner) => owner.name)}
      value={value === '' ? null : value}
      onChange={(_, chosen) => onChange(chosen ?? '')}
      inputValue={value}
      onInputChange={(_, text) => onChange(text)}
      slotProps={{ paper: { role: 'region', 'aria-label': `${label}: suggestions` } }}
      renderInput={(input) => (
        <TextField
          {...input}
          label={label}
          helperText={isNew ? `New: ${name} is added to the ${list} of the organization.` : helperText}
          slotProps={{ ...input.slotProps, htmlInput: { ...input.slotProps.htmlInput, maxLength: 80 } }}
        />
      )}
    />
  );
}

/** The same inside a form of react-admin. */
export function OwnerInput({ source, ...rest }: Omit<Props, 'value' | 'onChange'> & { source: string }) {
  const { field } = useInput<string | null>({ source, defaultValue: '' });
  return <OwnerField {...rest} value={(field.value as string | null) ?? ''} onChange={(name) => field.onChange(name)} />;
}
