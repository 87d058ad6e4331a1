/** A rule is filled in, checked against the log, and only then saved: an editor that cannot surprise. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider } from 'react-admin';
import type { ChangeRestrictions, PlaceView, RestrictionsPreview } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView, problemOf } from '../elements/ProblemView';
import { Row, Stack } from '../layout/Page';
import { mono } from '../theme';
import { CountryLists } from './CountryLists';
import { formOf, isComplete, networkLines, networksObjection, ruleOf, type PlaceForm } from './place-form';
import { PreviewResult } from './PreviewResult';

type Change = (changes: Partial<PlaceForm>) => void;

function Networks({ form, change }: { form: PlaceForm; change: Change }) {
  const objection = networksObjection(form.networks);
  const known = networkLines(form.networks).length;
  return (
    <TextField
      label="Networks"
      value={form.networks}
      onChange={({ target }) => change({ networks: target.value })}
      placeholder={'203.0.113.0/24\n2001:db8::/32'}
      error={objection !== null}
      helperText={
        objection ??
        (known === 0
          ? 'Addresses or networks, IPv4 or IPv6, one a line. Empty: every network.'
          : `Only from ${known === 1 ? 'this network' : `these ${known} networks`}.`)
      }
      multiline
      minRows={3}
      maxRows={12}
      fullWidth
      slotProps={{ htmlInput: { style: { fontFamily: mono, fontSize: 13 }, spellCheck: false }, formHelperText: { 'aria-live': 'polite' } }}
    />
  );
}

type State = { phase: 'idle' | 'checking' | 'saving'; error: unknown; preview: RestrictionsPreview | null; meant: boolean };
const unchecked: State = { phase: 'idle', error: null, preview: null, meant: false };

type Props = {
  rule: PlaceView;
  /** Null: the organization's rule. */
  apiKeyId: string | null;
  onSave: (rule: ChangeRestrictions) => Promise<unknown>;
  onClose: () => void;
};

export function PlaceEditor({ rule, apiKeyId, onSave, onClose }: Props) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data: plan } = useQuery({ queryKey: ['plan'], queryFn: () => dataProvider.plan(), retry: false });
  const [form, setForm] = useState(() => formOf(rule));
  const [state, setState] = useState(unchecked);
  const change: Change = (changes) => {
    setForm({ ...form, ...changes });
    // What was checked was another rule.
    setState(unchecked);
  };
  const { preview, phase, meant } = state;
  const check = async (error: unknown = null): Promise<void> => {
    setState({ ...unchecked, phase: 'checking' });
    try {
      setState({ ...unchecked, error, preview: await dataProvider.previewRestrictions({ apiKeyId, rule: ruleOf(form) }) });
    } catch (failure) {
      setState({ ...unchecked, error: failure });
    }
  };
  const save = async (): Promise<void> => {
    setState({ ...state, phase: 'saving', error: null });
    try {
      await onSave({ ...ruleOf(form), ...(meant ? { confirm: true } : {}) });
      onClose();
    } catch (error) {
      // Somebody has begun to call since the check: look again, and say so.
      if (problemOf(error).code === 'would_lock_out') await check(error);
      else setState({ ...state, phase: 'idle', error });
    }
  };
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    void (preview ? save() : check());
  };
  const verb = preview
    ? phase === 'saving'
      ? 'Saving…'
      : 'Save restriction'
    : phase === 'checking'
      ? 'Checking…'
      : 'Check against the log';
  const ready = phase === 'idle' && isComplete(form) && (!preview?.wouldLockOut || meant);
  return (
    <form onSubmit={submit} aria-label="Restriction" style={{ maxWidth: 760 }}>
      <Stack style={{ maxWidth: 560 }}>
        <Networks form={form} change={change} />
        {plan && <CountryLists form={form} change={change} included={plan.geographicRestrictions} />}
      </Stack>
      <Stack style={{ marginTop: 16 }}>
        {preview && <PreviewResult preview={preview} meant={meant} onMeant={(now) => setState({ ...state, meant: now })} />}
        {state.error !== null && <ProblemView error={state.error} />}
        <Row>
          <Button type="submit" variant="contained" color={preview?.wouldLockOut ? 'error' : 'primary'} disabled={!ready}>
            {verb}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          {!preview && phase === 'idle' && (
            <span style={{ fontSize: 13 }}>Nothing is saved before you have seen what it would have refused.</span>
          )}
        </Row>
      </Stack>
    </form>
  );
}
