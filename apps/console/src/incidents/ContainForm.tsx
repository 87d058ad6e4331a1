/** What is to be stopped. What the incident names is chosen already: the button is one tap away. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { ContainIncident, Incident, IncidentSubject } from '../api-types';
import { CallersNotice } from '../api-keys/CallersNotice';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { useOwners } from '../services-and-teams/use-owners';
import { useSession } from '../session/use-session';
import { SubjectName } from './IdentifyStep';
import { useIncidentCalls, useIncidentChanged } from './incident-calls';
import { numbered } from './incident-words';
import { KeyPicker } from './KeyPicker';
import { subjectsOf } from './live';
import { addressesIn } from './OpenIncidentDialog';
import { Deeds, Section } from './StepFrame';
import { useDeed } from './use-deed';

const Lines = styled('div')(({ theme }) => ({
  display: 'grid',
  border: `1px solid ${theme.palette.tone.line}`,
  borderRadius: 8,
  '& > label': { margin: 0, padding: '4px 12px 4px 6px', minHeight: 44 },
  '& > label + label': { borderTop: `1px solid ${theme.palette.tone.line}` },
  '& .MuiFormControlLabel-label': { fontSize: 13, lineHeight: '20px', overflowWrap: 'anywhere', minWidth: 0 },
  '& small': { display: 'block', fontSize: 12, lineHeight: '16px', color: theme.palette.tone.muted },
}));
const More = styled('details')({
  fontSize: 13,
  '& > summary': { cursor: 'pointer', padding: '10px 0' },
  '& > div': { display: 'grid', gap: 14, paddingTop: 4, maxWidth: 560 },
});

type Form = {
  action: 'revoke' | 'quarantine';
  keys: string[];
  people: string[];
  networks: string[];
  others: string[];
  service: string;
  everything: boolean;
  confirm: string;
  more: string;
  reason: string;
};

function begin(incident: Incident): Form {
  const loose = (kind: 'key' | 'person' | 'address'): string[] =>
    subjectsOf(incident, kind).flatMap(({ id, contained }) => (contained === null ? [id] : []));
  const actors = subjectsOf(incident, 'key').length + subjectsOf(incident, 'person').length;
  return {
    ...{ action: 'revoke', keys: loose('key'), people: loose('person'), networks: actors > 0 ? [] : loose('address') },
    ...{ others: [], service: '', everything: false, confirm: '', more: '', reason: '' },
  };
}

function bodyOf({ action, keys, people, networks, others, service, everything, confirm, more, reason }: Form): ContainIncident {
  const [apiKeyIds, blocked] = [
    [...keys, ...others],
    [...networks, ...addressesIn(more)],
  ];
  return {
    action,
    ...(apiKeyIds.length > 0 ? { apiKeyIds } : {}),
    ...(service === '' ? {} : { service }),
    ...(everything ? { everything, confirm } : {}),
    ...(people.length > 0 ? { userIds: people } : {}),
    ...(blocked.length > 0 ? { networks: blocked } : {}),
    ...(reason.trim() ? { reason: reason.trim() } : {}),
  };
}

/** One by its name, several by their number. */
const namely = (ids: readonly string[], nameOf: (id: string) => string, one: string, many?: string): string =>
  ids.length === 1 ? nameOf(ids[0] ?? '') : numbered(ids.length, one, many);

function keysDeed({ action, service, everything, ...form }: Form, nameOf: (id: string) => string): string[] {
  const verb = action === 'revoke' ? 'revoke' : 'quarantine';
  if (everything) return [`${verb} every key`];
  const keys = [...form.keys, ...form.others];
  return [
    ...(keys.length > 0 ? [`${verb} ${namely(keys, nameOf, 'key')}`] : []),
    ...(service === '' ? [] : [`${verb} all keys of ${service}`]),
  ];
}

/** What the button says that it does. */
function deedOf(form: Form, nameOf: (id: string) => string): string | null {
  const { userIds = [], networks = [] } = bodyOf(form);
  const text = [
    ...keysDeed(form, nameOf),
    ...(userIds.length > 0 ? [`end sessions of ${namely(userIds, nameOf, 'person', 'people')}`] : []),
    ...(networks.length > 0 ? [`block ${namely(networks, (network) => network, 'network')}`] : []),
  ].join(', ');
  return text === '' ? null : `${text.charAt(0).toUpperCase()}${text.slice(1)} now`;
}

const EndSessions = ({ subject: { signedInAgainAt } }: { subject: IncidentSubject }) =>
  signedInAgainAt === null ? (
    'End every session'
  ) : (
    <>
      Signed in again <TimeStamp at={signedInAgainAt} />: end every session once more, and ask the person before you let them in
    </>
  );

function Chosen({ incident, form, set }: { incident: Incident; form: Form; set: (changes: Partial<Form>) => void }) {
  const lines = [
    ...subjectsOf(incident, 'key').map((subject) => ({ subject, list: 'keys' as const, what: 'API key' })),
    ...subjectsOf(incident, 'person').map((subject) => ({ subject, list: 'people' as const, what: <EndSessions subject={subject} /> })),
    ...subjectsOf(incident, 'address').map((subject) => ({
      subject,
      list: 'networks' as const,
      what: 'Block for all keys. Look first whether it is an office or a proxy of yours',
    })),
    // In a drill nothing but its own key can be stopped.
  ].filter(({ subject }) => subject.contained === null && (!incident.drill || subject.kind === 'key'));
  if (lines.length === 0) return null;
  return (
    <Lines role="group" aria-label="What to stop">
      {lines.map(({ subject, list, what }) => {
        const on = form[list].includes(subject.id);
        return (
          <FormControlLabel
            key={`${list} ${subject.id}`}
            control={
              <Checkbox
                checked={on}
                onChange={() => set({ [list]: on ? form[list].filter((id) => id !== subject.id) : [...form[list], subject.id] })}
                slotProps={{ input: { 'aria-label': subject.name } }}
              />
            }
            label={
              <>
                <SubjectName subject={subject} />
                <small>{what}</small>
              </>
            }
          />
        );
      })}
    </Lines>
  );
}

function Elsewhere({ incident, form, set }: { incident: Incident; form: Form; set: (changes: Partial<Form>) => void }) {
  const { data: services = [] } = useOwners('services');
  const organization = useSession()?.organization.name ?? '';
  return (
    <More open={incident.subjects.length === 0}>
      <summary>More: other keys, a whole service, another network, everything</summary>
      <div>
        <KeyPicker
          label="Other keys"
          chosen={form.others}
          without={subjectsOf(incident, 'key').map(({ id }) => id)}
          onChange={(others) => set({ others })}
        />
        <TextField
          select
          label="All keys of a service"
          value={form.service}
          onChange={({ target }) => set({ service: target.value })}
          slotProps={{ select: { displayEmpty: true } }}
        >
          <MenuItem value="">None</MenuItem>
          {services.map(({ id, name }) => (
            <MenuItem key={id} value={name}>
              {name}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          label="Addresses or networks to block"
          placeholder="203.0.113.7, 198.51.100.0/24"
          value={form.more}
          onChange={({ target }) => set({ more: target.value })}
        />
        <FormControlLabel
          control={<Checkbox checked={form.everything} onChange={(_, everything) => set({ everything, confirm: '' })} />}
          label={`Every key of ${organization}`}
          slotProps={{ typography: { variant: 'body2' } }}
        />
        {form.everything && (
          <TextField
            label={`Type ${organization} to confirm`}
            required
            value={form.confirm}
            onChange={({ target }) => set({ confirm: target.value })}
            helperText="Every program of the organization stops at once."
            autoComplete="off"
          />
        )}
      </div>
    </More>
  );
}

/** What becomes of the keys, and whom it hits. */
function HowKeys({ form, set }: { form: Form; set: (changes: Partial<Form>) => void }) {
  const { apiKeyIds = [], service, everything } = bodyOf(form);
  if (apiKeyIds.length === 0 && service === undefined && !everything) return null;
  const [only] = apiKeyIds;
  const isOne = apiKeyIds.length === 1 && service === undefined && !everything;
  return (
    <>
      <RadioGroup
        aria-label="What becomes of the keys"
        value={form.action}
        onChange={(_, action) => set({ action: action as Form['action'] })}
      >
        {hows.map(([value, label]) => (
          <FormControlLabel
            key={value}
            value={value}
            control={<Radio size="small" />}
            label={label}
            slotProps={{ typography: { variant: 'body2' } }}
          />
        ))}
      </RadioGroup>
      {isOne && only ? (
        <CallersNotice apiKeyId={only} />
      ) : (
        <Notice tone="client">
          Every program that uses one of these keys is refused at once. They are listed in the step “Update services”.
        </Notice>
      )}
    </>
  );
}
const hows = [
  ['revoke', 'Revoke: nothing is accepted any more, for good'],
  ['quarantine', 'Quarantine: reads only, where stopping the service is worse'],
] as const;

export function ContainForm({ incident }: { incident: Incident }) {
  const [form, setForm] = useState(() => begin(incident));
  const organization = useSession()?.organization.name ?? '';
  const calls = useIncidentCalls();
  const deed = useDeed(useIncidentChanged());
  const set = (changes: Partial<Form>): void => setForm({ ...form, ...changes });
  const nameOf = (id: string): string => incident.subjects.find((subject) => subject.id === id)?.name ?? '1 key';
  const label = deedOf(form, nameOf);
  const confirmed = !form.everything || form.confirm.trim() === organization;
  const settled = incident.steps.some(({ step, status }) => step === 'contained' && status === 'done');
  return (
    <Section title={settled ? 'Stop more' : 'What to stop'}>
      <div style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 14, maxWidth: 640 }}>
        <Chosen incident={incident} form={form} set={set} />
        <HowKeys form={form} set={set} />
        {!incident.drill && <Elsewhere incident={incident} form={form} set={set} />}
        {label !== null && (
          <TextField
            label="Reason (optional)"
            value={form.reason}
            onChange={({ target }) => set({ reason: target.value })}
            helperText="Left empty, it is the number and the title of the incident."
            slotProps={{ htmlInput: { maxLength: 500 } }}
          />
        )}
        {deed.error !== null && <ProblemView error={deed.error} />}
      </div>
      {(label !== null || !settled) && (
        <Deeds style={{ marginTop: 14 }}>
          <Button
            variant={settled ? 'outlined' : 'contained'}
            color="error"
            disabled={label === null || !confirmed || deed.busy}
            onClick={() => void deed.run(() => calls.contain(incident.id, bodyOf(form)))}
          >
            {deed.busy ? 'Stopping…' : (label ?? 'Choose what to stop')}
          </Button>
        </Deeds>
      )}
    </Section>
  );
}
