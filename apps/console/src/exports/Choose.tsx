import TextField from '@mui/material/TextField';

type Props<T extends string> = {
  name: string;
  label: string;
  value: T;
  options: Record<T, string>;
  hint?: string;
  onChange: (value: T) => void;
};

/** One of a few, with what it means below. */
export function Choose<T extends string>({ name, label, value, options, hint, onChange }: Props<T>) {
  return (
    <TextField
      select
      name={name}
      label={label}
      value={value}
      onChange={({ target }) => onChange(target.value as T)}
      helperText={hint}
      slotProps={{ select: { native: true } }}
    >
      {(Object.keys(options) as T[]).map((option) => (
        <option key={option} value={option}>
          {options[option]}
        </option>
      ))}
    </TextField>
  );
}
