import Button from '@mui/material/Button';
import type { Scope } from '@pinebill/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  CanAccess,
  Form,
  FormDataConsumer,
  required,
  SelectInput,
  TextInput,
  useCreate,
  useDataProvider,
  useGetOne,
  useInput,
  useLocation,
  useNavigate,
  ValidationError,
} from 'react-admin';
import type { ApiKey, MintedKey } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { KeyName } from '../elements/KeyName';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { exactTime } from '../elements/times';
import { AccessDenied } from '../layout/NotFound';
import { Page, PageSkeleton, Row, Stack } from '../layout/Page';
import { CountryLists } from '../restrictions/CountryLists';
import { hasCountryList, type CountryRule } from '../restrictions/place-form';
import { OwnerInput } from '../services-and-teams/OwnerField';
import { useOwnersChanged } from '../services-and-teams/use-owners';
import { mono } from '../theme';
import { bodyOf, emptyForm, endOfDay, formLike, lifetimes, objections, type KeyForm } from './key-form';
import { ScopesField } from './ScopesField';
import { SecretDialog } from './SecretDialog';

const usualEnvironments = ['production', 'staging', 'development'];

function ScopesInput() {
  const { field, fieldState } = useInput<Scope[]>({
    source: 'scopes',
    validate: (value: Scope[] | undefined) => ((value?.length ?? 0) > 0 ? undefined : 'Choose at least one scope'),
  });
  return (
    <ScopesField
      chosen={(field.value as Scope[] | undefined) ?? []}
      onChange={(scopes) => field.onChange(scopes)}
      objection={fieldState.error?.message ? <ValidationError error={fieldState.error.message} /> : null}
    />
  );
}

/** Shown once it is known whether the plan has limits by country. */
function CountriesInput() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data: plan } = useQuery({ queryKey: ['plan'], queryFn: () => dataProvider.plan(), retry: false });
  const { field, fieldState } = useInput<CountryRule>({
    source: 'countries',
    validate: (rule: CountryRule) =>
      hasCountryList(rule) && rule.unknownCountry === null ? 'Choose what becomes of addresses without a known country' : undefined,
  });
  const rule = field.value as CountryRule;
  if (!plan) return null;
  return (
    <CountryLists
      form={rule}
      change={(changes) => field.onChange({ ...rule, ...changes })}
      included={plan.geographicRestrictions}
      objection={fieldState.error?.message ? <ValidationError error={fieldState.error.message} /> : null}
    />
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
      <CountriesInput />
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
      const data = bodyOf(form, old, new Date());
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
