import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useMemo } from 'react';
import { countryName } from '../elements/Address';
import { allCountries } from './countries';

type Props = { label: string; help: string; codes: string[]; disabled: boolean; onChange: (codes: string[]) => void };

/** Countries by name or code, several. */
export function CountryPicker({ label, help, codes, disabled, onChange }: Props) {
  const options = useMemo(() => allCountries(), []);
  const chosen = codes.map((code) => ({ code, name: countryName(code) }));
  return (
    <Autocomplete
      multiple
      size="small"
      disabled={disabled}
      options={options}
      value={chosen}
      filterSelectedOptions
      disablePortal
      autoHighlight
      getOptionLabel={({ code, name }) => `${name} (${code})`}
      isOptionEqualToValue={(one, other) => one.code === other.code}
      onChange={(_, values) => onChange(values.map(({ code }) => code))}
      renderInput={(parameters) => <TextField {...parameters} label={label} helperText={help} />}
    />
  );
}
