/** A rule is filled in, checked against the log, and only then saved: an editor that cannot surprise. */
import Button from '@mui/material/Button';
import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { LinkBase, useDataProvider } from 'react-admin';
import type { ChangeRestrictions, PlaceView, RestrictionsPreview } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { Notice } from '../elements/Notice';
import { ProblemView, problemOf } from '../elements/ProblemView';
import { Row, Stack } from '../layout/Page';
import { mono } from '../theme';
import { CountryPicker } from './CountryPicker';
import { formOf, hasCountryList, isComplete, networkLines, networksObjection, ruleOf, type PlaceForm } from './place-form';
import { PreviewResult } from './PreviewResult';

const Small = styled('span')({ fontSize: 13 });

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

/** `included`: whether the plan has limits by country. Where it has not, what is left from before can only be taken away. */
function CountryLists({ form, change, included }: { form: PlaceForm; change: Change; included: boolean }) {
  const chosen = hasCountryList(form);
  return (
    <>
      {!included && (
        <Notice tone="unknown">
          Limits by country are in the enterprise plan. <LinkBase to="/plan">See the plans</LinkBase>
          {chosen && (
            <>
              <p>The countries below were set before the plan was changed. They stay in force until you take them away.</p>
              <div>
                <Button variant="outlined" onClick={() => change({ allowedCountries: [], deniedCountries: [] })}>
                  Take the countries away
                </Button>
              </div>
            </>
          )}
        </Notice>
      )}
      {(included || chosen) && (
        <>
          <CountryPicker
            label="Only from these countries"
            help="Empty: from every country."
            codes={form.allowedCountries}
            disabled={!included}
            onChange={(allowedCountries) => change({ allowedCountries })}
          />
          <CountryPicker
            label="Never from these countries"
            help="Also where they are among the allowed ones."
            codes={form.deniedCountries}
            disabled={!included}
            onChange={(deniedCountries) => change({ deniedCountries })}
          />
        </>
      )}
      {chosen && (
        <FormControl disabled={!included}>
          <FormLabel id="unknown-country" style={{ fontSize: 13, lineHeight: '20px' }}>
            Addresses whose country is not known: private networks, and some public ones
          </FormLabel>
          <RadioGroup
            aria-labelledby="unknown-country"
            value={form.unknownCountry ?? ''}
            onChange={(_, value) => change({ unknownCountry: value === 'allow' ? 'allow' : 'refuse' })}
          >
            <FormControlLabel value="refuse" control={<Radio size="small" />} label={<Small>Refuse them</Small>} />
            <FormControlLabel value="allow" control={<Radio size="small" />} label={<Small>Let them in</Small>} />
          </RadioGroup>
        </FormControl>
      )}
    </>
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
