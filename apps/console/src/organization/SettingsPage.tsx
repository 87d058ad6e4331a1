/** What a person sets for themselves, and what an admin sets for the organization. Each form saves by itself and says so where it was pressed. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { can } from '@pinebill/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent, type ReactNode } from 'react';
import { useDataProvider } from 'react-admin';
import type { OwnSession, Session } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { MonoText } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Page, Part, Row, Stack } from '../layout/Page';
import { MailTest } from './MailTest';
import { PasswordFields, usePasswordChange } from '../session/ChangePassword';
import { useRefreshSession, useSession } from '../session/use-session';
import { AdminPolicy } from './AdminPolicy';
import { LeakPolicy } from './LeakPolicy';
import { SecondFactorPart } from './SecondFactorPart';

type Save = (values: Record<string, string>) => Promise<unknown>;

function SavingForm({ save, verb, children }: { save: Save; verb: string; children: ReactNode }) {
  const [state, setState] = useState<{ phase: 'idle' | 'busy' | 'saved'; error: unknown }>({ phase: 'idle', error: null });
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const values = Object.fromEntries(
      [...new FormData(event.currentTarget)].map(([name, value]) => [name, value as string] /* these forms carry no files */),
    );
    setState({ phase: 'busy', error: null });
    try {
      await save(values);
      setState({ phase: 'saved', error: null });
    } catch (error) {
      setState({ phase: 'idle', error });
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} onChange={() => state.phase === 'saved' && setState({ phase: 'idle', error: null })}>
      <Stack>
        {state.error !== null && <ProblemView error={state.error} />}
        {children}
        <Row role="status">
          <Button type="submit" variant="outlined" disabled={state.phase === 'busy'}>
            {state.phase === 'busy' ? 'Saving…' : verb}
          </Button>
          {state.phase === 'saved' && <span style={{ fontSize: 13 }}>Saved.</span>}
        </Row>
      </Stack>
    </form>
  );
}

function Profile({ session }: { session: Session }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const refresh = useRefreshSession();
  return (
    <Part>
      <h2>Your profile</h2>
      <SavingForm
        verb="Save profile"
        save={async ({ name }) => {
          await dataProvider.updateMe({ name: name ?? '' });
          await refresh();
        }}
      >
        <TextField name="name" label="Name" defaultValue={session.user.name} required />
        <TextField
          label="E-mail"
          value={session.user.email}
          disabled
          helperText={`You are ${session.role === 'admin' ? 'an admin' : `a ${session.role}`} of ${session.organization.name}.`}
        />
      </SavingForm>
    </Part>
  );
}

function Password() {
  const { error, busy, submit } = usePasswordChange();
  const [saved, setSaved] = useState(false);
  return (
    <Part>
      <h2>Password</h2>
      <p>A new password ends your other sessions.</p>
      <form onSubmit={(event) => void submit(event).then(setSaved)} onChange={() => setSaved(false)}>
        <Stack>
          {error !== null && <ProblemView error={error} />}
          <PasswordFields />
          <Row role="status">
            <Button type="submit" variant="outlined" disabled={busy}>
              {busy ? 'Saving…' : 'Change password'}
            </Button>
            {saved && <span style={{ fontSize: 13 }}>Changed. Your other sessions have ended.</span>}
          </Row>
        </Stack>
      </form>
    </Part>
  );
}

function Sessions() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ['own-sessions'], queryFn: () => dataProvider.ownSessions(), retry: false });
  const [failure, setFailure] = useState<unknown>(null);
  const end = async ({ id }: OwnSession): Promise<void> => {
    try {
      await dataProvider.endSession(id);
      setFailure(null);
    } catch (problem) {
      setFailure(problem);
    }
    await queryClient.invalidateQueries({ queryKey: ['own-sessions'] });
  };
  return (
    <Part>
      <h2>Your sessions</h2>
      <p>Where you are signed in. End what you do not know, then change your password.</p>
      {(error ?? failure) !== null && <ProblemView error={error ?? failure} retry={() => void refetch()} />}
      <Stack>
        {data?.map((session) => (
          <Row key={session.id} style={{ justifyContent: 'space-between', flexWrap: 'nowrap', gap: 16, fontSize: 13 }}>
            <span style={{ minWidth: 0 }}>
              <MonoText>{session.ip ?? 'Unknown address'}</MonoText> · last seen <TimeStamp at={session.lastSeenAt} relative />
              <br />
              <small style={{ opacity: 0.75 }}>{session.userAgent ?? 'Unknown browser'}</small>
            </span>
            {session.current ? (
              <span style={{ whiteSpace: 'nowrap' }}>This session</span>
            ) : (
              <Button variant="outlined" color="error" onClick={() => void end(session)}>
                End
              </Button>
            )}
          </Row>
        ))}
      </Stack>
    </Part>
  );
}

function Organization() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const refresh = useRefreshSession();
  const { data, error, refetch } = useQuery({ queryKey: ['organization'], queryFn: () => dataProvider.organization(), retry: false });
  const save: Save = async ({ name, perKeyPerMinute, perOrganizationPerMinute }) => {
    await dataProvider.updateOrganization({
      name: name ?? '',
      limits: { perKeyPerMinute: Number(perKeyPerMinute), perOrganizationPerMinute: Number(perOrganizationPerMinute) },
    });
    await refresh();
  };
  const number = { htmlInput: { min: 1, max: 1_000_000, inputMode: 'numeric' as const } };
  return (
    <Part>
      <h2>Organization</h2>
      <p>Limits count the requests of programs only. Beyond them a call is answered 429 and recorded.</p>
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data && (
        <SavingForm verb="Save organization" save={save}>
          <TextField name="name" label="Organization name" defaultValue={data.name} required />
          <TextField
            name="perKeyPerMinute"
            type="number"
            label="Requests a minute, each key"
            defaultValue={data.limits.perKeyPerMinute}
            required
            slotProps={number}
          />
          <TextField
            name="perOrganizationPerMinute"
            type="number"
            label="Requests a minute, all keys together"
            defaultValue={data.limits.perOrganizationPerMinute}
            required
            slotProps={number}
          />
        </SavingForm>
      )}
    </Part>
  );
}

function KeyPolicies() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ['organization'], queryFn: () => dataProvider.organization(), retry: false });
  const save: Save = async ({ rotationDays, idleDays, expiringDays }) => {
    await dataProvider.updateOrganization({
      policies: { rotationDays: Number(rotationDays), idleDays: Number(idleDays), expiringDays: Number(expiringDays) },
    });
    await Promise.all(['organization', 'api-keys', 'hygiene'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
  };
  const number = (min: number, max: number) => ({ htmlInput: { min, max, inputMode: 'numeric' as const } });
  return (
    <Part>
      <h2>Key policies</h2>
      <p>When a key counts as due, idle or expiring: in the list of keys, in Hygiene, and for the reminders that admins get by mail.</p>
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data && (
        <SavingForm verb="Save policies" save={save}>
          <TextField
            name="rotationDays"
            type="number"
            label="Rotate keys every (days)"
            defaultValue={data.policies.rotationDays}
            required
            slotProps={number(7, 730)}
          />
          <TextField
            name="idleDays"
            type="number"
            label="Idle after (days without use)"
            defaultValue={data.policies.idleDays}
            required
            slotProps={number(1, 400)}
          />
          <TextField
            name="expiringDays"
            type="number"
            label="Expiring (days ahead)"
            defaultValue={data.policies.expiringDays}
            required
            slotProps={number(1, 90)}
          />
        </SavingForm>
      )}
    </Part>
  );
}

export function SettingsPage() {
  const session = useSession();
  if (!session) return null;
  return (
    <Page form title="Settings">
      <Profile key={session.user.name} session={session} />
      <Password />
      <SecondFactorPart />
      <Sessions />
      {can(session.role, 'organization:write') && <Organization />}
      {can(session.role, 'organization:write') && <AdminPolicy />}
      {can(session.role, 'organization:write') && <KeyPolicies />}
      {can(session.role, 'organization:write') && <LeakPolicy />}
      {can(session.role, 'organization:write') && session.organization.isHome && <MailTest />}
    </Page>
  );
}
