/** A channel, new or changed. What is secret of one that there is stays as it is unless it is typed again. */
import { channelKinds } from '@pinebill/contract';
import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useGetList } from 'react-admin';
import type { Channel, ChangeChannel, CreatedChannel, Member } from '../api-types';
import { FormDialog } from '../elements/FormDialog';
import { Choose } from '../exports/Choose';
import { useChannelCalls } from './channel-calls';
import { kindHints, kindWords } from './channel-words';

type Kind = Channel['kind'];
type Person = { id: string; name: string };
type Props = { channel: Channel | null; onClose: () => void; onSaved: (channel: Channel | CreatedChannel) => void };

const options = Object.fromEntries(channelKinds.map((kind) => [kind, kindWords[kind]])) as Record<Kind, string>; // all of them

function Recipients({ value, onChange }: { value: Person[]; onChange: (value: Person[]) => void }) {
  const { data = [], isPending } = useGetList<Member>('members', { pagination: { page: 1, perPage: 200 } }, { retry: false });
  const people = data.flatMap(({ userId, name, role, state }): Person[] =>
    userId !== null && role !== 'guest' && state === 'active' ? [{ id: userId, name }] : [],
  );
  return (
    <Autocomplete
      multiple
      options={people}
      value={value}
      loading={isPending}
      getOptionLabel={({ name }) => name}
      getOptionKey={({ id }) => id}
      isOptionEqualToValue={(one, other) => one.id === other.id}
      onChange={(_, chosen) => onChange(chosen)}
      renderInput={(params) => <TextField {...params} label="Recipients" helperText="Guests get none." />}
    />
  );
}

function Target({ kind, isNew }: { kind: Exclude<Kind, 'mail'>; isNew: boolean }) {
  const keep = isNew ? '' : ' Empty: stays as it is.';
  return (
    <>
      {kind === 'pagerDuty' && (
        <TextField
          name="routingKey"
          label="Integration key"
          required={isNew}
          autoComplete="off"
          helperText={`32 letters and digits.${keep}`}
          slotProps={{ htmlInput: { maxLength: 64 } }}
        />
      )}
      <TextField
        name="url"
        label={kind === 'pagerDuty' ? 'Other address' : 'URL'}
        type="url"
        required={isNew && kind !== 'pagerDuty'}
        autoComplete="off"
        helperText={
          kind === 'pagerDuty'
            ? 'Only for the EU region or what takes the same events: then with the key.'
            : `https, on the public internet. It is shown masked from then on.${keep}`
        }
        slotProps={{ htmlInput: { maxLength: 2_000 } }}
      />
    </>
  );
}

export function ChannelForm({ channel, onClose, onSaved }: Props) {
  const calls = useChannelCalls();
  const [kind, setKind] = useState<Kind>(channel?.kind ?? 'mail');
  const [people, setPeople] = useState<Person[]>(channel?.recipients ?? []);
  const isNew = channel === null;
  const save = async (typed: FormData): Promise<void> => {
    const text = (name: string): string => ((typed.get(name) as string | null) ?? '').trim();
    const [url, routingKey] = [text('url'), text('routingKey')];
    const target = { ...(url !== '' && { url }), ...(routingKey !== '' && { routingKey }) };
    const body: ChangeChannel = { ...target, ...(kind === 'mail' && { recipients: people.map(({ id }) => id) }) };
    const name = text('name');
    onSaved(isNew ? await calls.create({ ...body, name, kind }) : await calls.change(channel.id, { ...body, name }));
  };
  return (
    <FormDialog
      title={isNew ? 'New channel' : `Change ${channel.name}`}
      action={isNew ? 'Make channel' : 'Save'}
      busy={isNew ? 'Making…' : 'Saving…'}
      disabled={kind === 'mail' && people.length === 0}
      onSubmit={save}
      onClose={onClose}
    >
      {isNew && <Choose name="kind" label="Kind" value={kind} options={options} hint={kindHints[kind]} onChange={setKind} />}
      <TextField
        name="name"
        label="Name"
        required
        autoFocus
        defaultValue={channel?.name ?? ''}
        slotProps={{ htmlInput: { maxLength: 80 } }}
      />
      {kind === 'mail' ? <Recipients value={people} onChange={setPeople} /> : <Target key={kind} kind={kind} isNew={isNew} />}
    </FormDialog>
  );
}
