import Add from '@mui/icons-material/AddRounded';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Checkbox from '@mui/material/Checkbox';
import Popover from '@mui/material/Popover';
import TextField from '@mui/material/TextField';
import { styled } from '@mui/material/styles';
import { reasons, type LogField } from '@pinebill/contract';
import { useState, type SubmitEvent } from 'react';
import { escapeValue, except, only, type LogQuery } from './log-query';
import type { KeyNames } from './search-text';

const Form = styled('form')({ display: 'grid', gap: 14, padding: 14, width: 280 });

/** Without an entry the value is free text. */
const choices: Partial<Record<LogField, readonly string[]>> = {
  method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
  status: ['2xx', '3xx', '4xx', '5xx', '200', '201', '204', '400', '401', '403', '404', '429', '500', '502', '503'],
  actorType: ['apiKey', 'user', 'anonymous'],
  reason: Object.values(reasons).flat(),
};
const fields: readonly [field: LogField | 'minDurationMs' | 'maxDurationMs', label: string, hint: string][] = [
  ['status', 'Status', 'A code or a class'],
  ['method', 'Method', ''],
  ['path', 'Endpoint', '/v1/invoices, or /v1/invoices*'],
  ['apiKeyId', 'API key', ''],
  ['ip', 'IP address', '192.168.1.1 or 10.0.0.0/8'],
  ['reason', 'Reason', 'Why it was refused'],
  ['userAgent', 'User agent contains', 'curl'],
  ['requestId', 'Request ID', 'req_…'],
  ['actorType', 'Caller', ''],
  ['route', 'Route', '/v1/invoices/{id}'],
  ['service', 'Service', ''],
  ['team', 'Team', ''],
  ['environment', 'Environment', ''],
  ['country', 'Country', 'Two letters, DE'],
  ['minDurationMs', 'Slower than, ms', '500'],
  ['maxDurationMs', 'Faster than, ms', '50'],
];
const isDuration = (name: string): name is 'minDurationMs' | 'maxDurationMs' => name.endsWith('DurationMs');

/** A star at the end of an endpoint stays what it is: everything that starts so. */
const valueOf = (field: LogField, text: string): string =>
  (field === 'path' || field === 'route') && text.endsWith('*') ? `${escapeValue(text.slice(0, -1))}*` : escapeValue(text);

export function AddFilter({ query, setQuery, keys }: { query: LogQuery; setQuery: (next: LogQuery) => void; keys: KeyNames }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [field, setField] = useState<(typeof fields)[number][0]>('status');
  const options =
    field === 'apiKeyId'
      ? keys.map(({ id, name }) => [id, name] as const)
      : isDuration(field)
        ? []
        : (choices[field] ?? []).map((one) => [one, one] as const);
  const add = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const text = (values.get('value') as string).trim();
    if (text === '') return;
    setAnchor(null);
    if (isDuration(field)) setQuery({ ...query, [field]: text });
    else setQuery((values.get('negated') ? except : only)(query, field, valueOf(field, text)));
  };
  return (
    <>
      <Button
        startIcon={<Add />}
        style={{ height: 26, padding: '0 8px', fontSize: 12 }}
        aria-haspopup="dialog"
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        Filter
      </Button>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ horizontal: 'left', vertical: 'bottom' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': 'Add a filter', style: { marginTop: 4 } } }}
      >
        <Form onSubmit={add}>
          <TextField
            select
            label="Field"
            value={field}
            onChange={(event) => setField(event.target.value as typeof field)}
            slotProps={{ select: { native: true } }}
          >
            {fields.map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </TextField>
          {options.length > 0 ? (
            <TextField
              key={field}
              select
              name="value"
              label="Value"
              defaultValue={options[0]?.[0]}
              slotProps={{ select: { native: true } }}
            >
              {options.map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </TextField>
          ) : (
            <TextField
              key={field}
              name="value"
              label="Value"
              placeholder={fields.find(([name]) => name === field)?.[2]}
              autoFocus
              slotProps={isDuration(field) ? { htmlInput: { inputMode: 'numeric', pattern: '\\d{1,9}' } } : {}}
            />
          )}
          {!isDuration(field) && (
            <FormControlLabel
              control={<Checkbox name="negated" size="small" />}
              label="Exclude instead"
              slotProps={{ typography: { variant: 'body2' } }}
            />
          )}
          <Button type="submit" variant="contained">
            Add filter
          </Button>
        </Form>
      </Popover>
    </>
  );
}
