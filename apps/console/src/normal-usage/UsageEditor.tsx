/** A draft, to be read and put right: each part in words, one a line. Nothing goes by it before it is approved. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { Baseline } from '../api-types';
import { ProblemView } from '../elements/ProblemView';
import { Row, Stack } from '../layout/Page';
import { CountryPicker } from '../restrictions/CountryPicker';
import { mono } from '../theme';
import { Differences } from './Differences';
import { HoursEditor } from './HoursEditor';
import { useUsageCalls, useUsageChanged } from './usage-calls';
import { changesOf, formOf, objectionsTo, type UsageForm } from './usage-form';

type LinesProps = { label: string; help: string; value: string; objection: string | undefined; onChange: (value: string) => void };

const Lines = ({ label, help, value, objection, onChange }: LinesProps) => (
  <TextField
    label={label}
    value={value}
    onChange={({ target }) => onChange(target.value)}
    error={objection !== undefined}
    helperText={objection ?? help}
    multiline
    minRows={2}
    maxRows={14}
    slotProps={{ htmlInput: { style: { fontFamily: mono, fontSize: 13 }, spellCheck: false }, formHelperText: { 'aria-live': 'polite' } }}
  />
);

type FieldsProps = { form: UsageForm; ofOneKey: boolean; set: (changes: Partial<UsageForm>) => void };

function Fields({ form, ofOneKey, set }: FieldsProps) {
  const wrong = objectionsTo(form);
  return (
    <Stack style={{ maxWidth: 640 }}>
      <HoursEditor value={form.hours} objection={wrong.hours} onChange={(hours) => set({ hours })} />
      <Lines
        label="Networks"
        help="From where it is called: addresses or networks, one a line. A call from elsewhere is found. Empty: learnt from the log."
        value={form.networks}
        objection={wrong.networks}
        onChange={(networks) => set({ networks })}
      />
      <CountryPicker
        label="Countries"
        help="From which it is called. A call from another one is found. Empty: learnt from the log."
        codes={form.countries}
        disabled={false}
        onChange={(countries) => set({ countries })}
      />
      <Lines
        label="Programs"
        help="How their user agents begin, one a line; unnamed is what sends none. Another one is found. Empty: every program is as good."
        value={form.agents}
        objection={wrong.agents}
        onChange={(agents) => set({ agents })}
      />
      <Lines
        label="Endpoints"
        help="Method and route, one a line. Empty: learnt from the log."
        value={form.endpoints}
        objection={wrong.endpoints}
        onChange={(endpoints) => set({ endpoints })}
      />
      <TextField
        label="Requests an hour"
        value={form.perHour}
        onChange={({ target }) => set({ perHour: target.value })}
        error={wrong.perHour !== undefined}
        helperText={
          wrong.perHour ??
          (ofOneKey
            ? 'Up to so many are no spike. Empty: learnt from the log.'
            : 'Of all keys together; beyond it is found. Empty: only single keys are judged.')
        }
        slotProps={{ htmlInput: { inputMode: 'numeric' }, formHelperText: { 'aria-live': 'polite' } }}
      />
    </Stack>
  );
}

type Props = { usage: Baseline; inForce: Baseline | null; onDone: () => void; onRemoved: () => void };

export function UsageEditor({ usage, inForce, onDone, onRemoved }: Props) {
  const [form, setForm] = useState(() => formOf(usage));
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const calls = useUsageCalls();
  const changed = useUsageChanged();
  const isRight = Object.keys(objectionsTo(form)).length === 0;
  const run = async (work: () => Promise<unknown>, then: () => void): Promise<void> => {
    setState({ busy: true, error: null });
    try {
      await work();
      await changed();
      setState({ busy: false, error: null });
      then();
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  const save = () => calls.change(usage.id, changesOf(form));
  return (
    <form aria-label="Normal usage" onSubmit={(event) => event.preventDefault()}>
      <Fields form={form} ofOneKey={usage.apiKey !== null} set={(changes) => setForm({ ...form, ...changes })} />
      <Stack style={{ marginTop: 20 }}>
        {inForce && isRight && <Differences inForce={inForce} draft={changesOf(form)} />}
        {state.error !== null && <ProblemView error={state.error} />}
        <Row>
          <Button
            variant="contained"
            disabled={!isRight || state.busy}
            onClick={() => void run(async () => save().then(() => calls.approve(usage.id)), onDone)}
          >
            {state.busy ? 'Saving…' : 'Save and approve'}
          </Button>
          <Button variant="outlined" disabled={!isRight || state.busy} onClick={() => void run(save, () => undefined)}>
            Save draft
          </Button>
          <Button color="error" disabled={state.busy} onClick={() => void run(() => calls.remove(usage.id), onRemoved)}>
            Delete draft
          </Button>
        </Row>
      </Stack>
    </form>
  );
}
