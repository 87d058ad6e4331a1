import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import { scopes, type Scope } from '@pinebill/contract';
import { useId, type ReactNode } from 'react';

const meaning: Record<Scope, string> = {
  'invoices:read': 'Read invoices',
  'invoices:write': 'Create, change, finalize, pay and void invoices',
  'customers:read': 'Read customers',
  'customers:write': 'Create and change customers',
  'audit:read': 'Read the API log',
  'audit:export': 'Export the API log',
};

type Props = { chosen: readonly Scope[]; onChange: (scopes: Scope[]) => void; objection: ReactNode };

/** What a key may do. */
export function ScopesField({ chosen, onChange, objection }: Props) {
  const helpId = useId();
  const toggle = (scope: Scope): void => onChange(scopes.filter((one) => (one === scope ? !chosen.includes(one) : chosen.includes(one))));
  return (
    <FormGroup role="group" aria-label="Scopes" aria-describedby={helpId}>
      <p id={helpId} style={{ margin: '0 0 4px', fontSize: 13 }}>
        <strong>What may it do?</strong> {objection ? <span role="alert">{objection}</span> : 'As little as the program needs.'}
      </p>
      {scopes.map((scope) => (
        <FormControlLabel
          key={scope}
          control={
            <Checkbox
              size="small"
              checked={chosen.includes(scope)}
              onChange={() => toggle(scope)}
              slotProps={{ input: { 'aria-label': scope } }}
            />
          }
          label={
            <span style={{ fontSize: 13 }}>
              <code>{scope}</code> · {meaning[scope]}
            </span>
          }
        />
      ))}
    </FormGroup>
  );
}
