import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import { scopes, type Scope } from '@pinebill/contract';
import { useState } from 'react';
import {
  CanAccess,
  Form,
  FormDataConsumer,
  required,
  SelectInput,
  TextInput,
  useCreate,
  useGetOne,
  useInput,
  useLocation,
  useNavigate,
} from 'react-admin';
import type { ApiKey, MintedKey } from '../api-types';
import { KeyName } from '../elements/KeyName';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { exactTime } from '../elements/times';
import { AccessDenied } from '../layout/NotFound';
import { Page, PageSkeleton, Row, Stack } from '../layout/Page';
import { OwnerInput } from '../services-and-teams/OwnerField';
import { useOwnersChanged } from '../services-and-teams/use-owners';
import { mono } from '../theme';
import { bodyOf, emptyForm, endOfDay, formLike, lifetimes, objections, type KeyForm } from './key-form';
import { SecretDialog } from './SecretDialog';

const meaning: Record<Scope, string> = {
  'invoices:read': 'Read invoices',
  'invoices:write': 'Create, change, finalize, pay and void invoices',
  'customers:read': 'Read customers',
  'customers:write': 'Create and change customers',
  'audit:read': 'Read the API log',
  'audit:export': 'Export the API log',
};
const usualEnvironments = ['production', 'staging', 'development'];

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

/** Only for the choice "a day": the API wants a moment, people think in days. */
function LastDayInput({ lastDay }: { lastDay: string }) {
  return (
    <TextInput
      source="lastDay"
      type="date"
      label="Last day"
      validate={[
        required('Choose the last day'),
        (day: string) => (endOfDay(day).getTime() > Date.now() ? undefined : 'Choose a day that is not over'),
      ]}
      helperText={lastDay ? `Every call from ${exactTime(endOfDay(lastDay))} on is refused.` : 'The key works until the end of this day.'}
      fullWidth
    />
  );
}

function Fields({ old }: { old: ApiKey | null }) {
  const environments = [...new Set([...usualEnvironments, ...(old?.environment ? [old.environment] : [])])];
  const differs = (name: string): string | undefined =>
    old && name.trim().toLowerCase() === old.name.trim().toLowerCase() ? `Choose another name than ${old.name}` : undefined;
  return (
    <>
      <TextInput
        source="name"
        label="Name"
        helperText={
          old
            ? `Another one than ${old.name}, so that the log tells the two apart.`
            : 'Shown on every request it makes, for example Production API.'
        }
        validate={[required('Give the key a name'), differs]}
        fullWidth
        autoFocus
      />
      <ScopesInput />
      <OwnerInput source="service" list="services" label="Service (optional)" helperText="Which program uses it, for example checkout." />
      <OwnerInput source="team" list="teams" label="Team (optional)" helperText="Whom to ask about it." />
      <SelectInput
        source="environment"
        label="Environment"
        choices={environments.map((name) => ({ id: name, name }))}
        helperText={false}
        fullWidth
      />
      <SelectInput source="lifetime" label="Expires after" choices={lifetimes} validate={required()} helperText={false} fullWidth />
      <FormDataConsumer<KeyForm>>
        {({ formData }) => formData.lifetime === 'date' && <LastDayInput lastDay={formData.lastDay} />}
      </FormDataConsumer>
      <TextInput
        source="networks"
        label="Allowed networks (optional)"
        placeholder={'203.0.113.0/24\n198.51.100.7'}
        helperText="Addresses or networks, one a line. From elsewhere the key is refused with 403. Empty: from everywhere."
        multiline
        minRows={2}
        slotProps={{ htmlInput: { style: { fontFamily: mono, fontSize: 13 }, spellCheck: false } }}
        fullWidth
      />
    </>
  );
}

function CreateForm({ old }: { old: ApiKey | null }) {
  const [create, { isPending }] = useCreate<MintedKey>();
  const [minted, setMinted] = useState<MintedKey | null>(null);
  const [error, setError] = useState<unknown>(null);
  const navigate = useNavigate();
  const ownersChanged = useOwnersChanged();
  const submit = async (values: object): Promise<Record<string, string> | undefined> => {
    const form = values as KeyForm;
    setError(null);
    try {
      const data = bodyOf(form, old?.id ?? null, new Date());
      setMinted((await create('api-keys', { data }, { returnPromise: true })) as MintedKey);
      void ownersChanged();
      return undefined;
    } catch (failure) {
      setError(failure);
      return objections(failure, form);
    }
  };
  return (
    <Page
      form
      title={old ? `Replace ${old.name}` : 'Create an API key'}
      lead={
        old
          ? 'The new key may do what the old one could, from where it could, unless you change it here. Its secret is shown once, after this step.'
          : 'One key for each program. Its secret is shown once, after this step.'
      }
    >
      <Form disableInvalidFormNotification onSubmit={submit} defaultValues={old ? formLike(old) : emptyForm}>
        <Stack>
          {error !== null && <ProblemView error={error} />}
          {old && (
            <Notice tone="unknown">
              Replaces <KeyName {...old} />, which {old.state === 'revoked' ? 'is revoked' : 'keeps working until you revoke it'}.
            </Notice>
          )}
          <Fields old={old} />
          <Row>
            <Button type="submit" variant="contained" disabled={isPending}>
              {isPending ? 'Creating…' : 'Create key'}
            </Button>
            <Button onClick={() => navigate(old ? `/api-keys/${old.id}/show` : '/api-keys')}>Cancel</Button>
          </Row>
        </Stack>
      </Form>
      {minted && <SecretDialog minted={minted} onStored={() => navigate(`/api-keys/${minted.id}/show`)} />}
    </Page>
  );
}

function Replacement({ id }: { id: string }) {
  const { data: old, error, refetch } = useGetOne<ApiKey>('api-keys', { id }, { retry: false });
  if (old) return <CreateForm old={old} />;
  if (!error) return <PageSkeleton />;
  return (
    <Page form title="Create a replacement">
      <ProblemView error={error} retry={() => void refetch()} />
    </Page>
  );
}

/** `?replaces=key_…` makes a replacement: the form opens with what that key had. */
export function KeyCreate() {
  const { search } = useLocation();
  const replaces = new URLSearchParams(search).get('replaces');
  return (
    <CanAccess resource="api-keys" action="create" loading={<PageSkeleton />} accessDenied={<AccessDenied />}>
      {replaces === null ? <CreateForm old={null} /> : <Replacement key={replaces} id={replaces} />}
    </CanAccess>
  );
}
