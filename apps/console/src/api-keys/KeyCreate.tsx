import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import { scopes, type Scope } from '@pinebill/contract';
import { useState } from 'react';
import { CanAccess, Form, required, SelectInput, TextInput, useCreate, useInput, useNavigate } from 'react-admin';
import type { MintedKey } from '../api-types';
import { ProblemView, problemOf } from '../elements/ProblemView';
import { AccessDenied } from '../layout/NotFound';
import { Page, PageSkeleton, Row, Stack } from '../layout/Page';
import { SecretDialog } from './SecretDialog';

const meaning: Record<Scope, string> = {
  'invoices:read': 'Read invoices',
  'invoices:write': 'Create, change, finalize, pay and void invoices',
  'customers:read': 'Read customers',
  'customers:write': 'Create and change customers',
  'audit:read': 'Read the API log',
  'audit:export': 'Export the API log',
};
const lifetimes = [
  { id: '30', name: '30 days' },
  { id: '90', name: '90 days (recommended: keys are best rotated every 90 days)' },
  { id: '365', name: '1 year' },
  { id: 'never', name: 'Never' },
];
const environments = ['production', 'staging', 'development'].map((name) => ({ id: name, name }));

type Values = { name: string; scopes: Scope[]; service?: string; team?: string; environment?: string; lifetime: string };

function ScopesInput() {
  const { field, fieldState } = useInput<Scope[]>({
    source: 'scopes',
    validate: (value: Scope[] | undefined) => ((value?.length ?? 0) > 0 ? undefined : 'Choose at least one scope'),
  });
  const chosen = (field.value as Scope[] | undefined) ?? [];
  const toggle = (scope: Scope): void =>
    field.onChange(
      chosen.includes(scope) ? chosen.filter((one) => one !== scope) : scopes.filter((one) => one === scope || chosen.includes(one)),
    );
  return (
    <FormGroup role="group" aria-label="Scopes" aria-describedby="scopes-help">
      <p id="scopes-help" style={{ margin: '0 0 4px', fontSize: 13 }}>
        <strong>What may it do?</strong>{' '}
        {fieldState.error ? <span role="alert">{fieldState.error.message}</span> : 'As little as the program needs.'}
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

const expiry = (lifetime: string): { expiresAt?: string } =>
  lifetime === 'never' ? {} : { expiresAt: new Date(Date.now() + Number(lifetime) * 86_400_000).toISOString() };
const filled = (text: string | undefined): string | undefined => text?.trim() || undefined;

function CreateForm() {
  const [create, { isPending }] = useCreate<MintedKey>();
  const [minted, setMinted] = useState<MintedKey | null>(null);
  const [error, setError] = useState<unknown>(null);
  const navigate = useNavigate();
  const submit = async (values: object): Promise<Record<string, string> | undefined> => {
    const { name, scopes: chosen, service, team, environment, lifetime } = values as Values;
    setError(null);
    try {
      const data = {
        name: name.trim(),
        scopes: chosen,
        service: filled(service),
        team: filled(team),
        environment: filled(environment),
        ...expiry(lifetime),
      };
      setMinted((await create('api-keys', { data }, { returnPromise: true })) as MintedKey);
      return undefined;
    } catch (failure) {
      setError(failure);
      return Object.fromEntries(
        (problemOf(failure).issues ?? []).map(({ pointer, expected }) => [pointer.replace(/^\//, '').replaceAll('/', '.'), expected]),
      );
    }
  };
  return (
    <Page form title="Create an API key" lead="One key for each program. Its secret is shown once, after this step.">
      <Form
        onSubmit={submit}
        defaultValues={{ name: '', scopes: ['invoices:read', 'customers:read'], lifetime: '90', environment: 'production' }}
      >
        <Stack>
          {error !== null && <ProblemView error={error} />}
          <TextInput
            source="name"
            label="Name"
            helperText="Shown on every request it makes, for example Production API."
            validate={required('Give the key a name')}
            fullWidth
            autoFocus
          />
          <ScopesInput />
          <TextInput source="service" label="Service" helperText="Which program uses it, for example checkout. Optional." fullWidth />
          <TextInput source="team" label="Team" helperText="Whom to ask about it. Optional." fullWidth />
          <SelectInput source="environment" label="Environment" choices={environments} helperText={false} fullWidth />
          <SelectInput source="lifetime" label="Expires after" choices={lifetimes} validate={required()} helperText={false} fullWidth />
          <Row>
            <Button type="submit" variant="contained" disabled={isPending}>
              {isPending ? 'Creating…' : 'Create key'}
            </Button>
            <Button onClick={() => navigate('/api-keys')}>Cancel</Button>
          </Row>
        </Stack>
      </Form>
      {minted && <SecretDialog minted={minted} onStored={() => navigate(`/api-keys/${minted.id}/show`)} />}
    </Page>
  );
}

export function KeyCreate() {
  return (
    <CanAccess resource="api-keys" action="create" loading={<PageSkeleton />} accessDenied={<AccessDenied />}>
      <CreateForm />
    </CanAccess>
  );
}
