/** The fields of a rule: what it watches, whom it tells and when. The filter is the one of API Logs. */
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import FormLabel from '@mui/material/FormLabel';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { alertGroupings, alertSeverities, detectorNames, detectors, weekdays, type AlertSeverity } from '@pinebill/contract';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import { LinkBase, useGetList } from 'react-admin';
import type { ApiKey } from '../api-types';
import { FilterChips } from '../audit-logs/FilterChips';
import { SearchBox } from '../audit-logs/SearchBox';
import { knownValues } from '../audit-logs/search-completion';
import { Choice, Choices } from '../elements/Choices';
import { allZones } from '../elements/time-zone';
import { Choose } from '../exports/Choose';
import { severities } from '../incidents/incident-words';
import { Part, Stack } from '../layout/Page';
import { useAlertCalls } from './alert-calls';
import { groupingWords, minutesText, windowWords } from './alert-words';
import type { RuleForm } from './rule-form';
import { SubjectFields } from './SubjectFields';

type Change = (changes: Partial<RuleForm>) => void;
type Props = { form: RuleForm; change: Change };

const Pair = styled('div')({ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(180px, 1fr))', gap: 16 });
const Chips = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: 6, alignItems: 'center', marginTop: 8 });
const Days = styled(FormGroup)({ flexDirection: 'row' });

const severityNames = Object.fromEntries([...alertSeverities].reverse().map((one) => [one, severities[one].label])) as Record<
  AlertSeverity,
  string
>;
const groupings = Object.fromEntries(alertGroupings.map((one) => [one, groupingWords[one]])) as typeof groupingWords;
const zones = allZones();
const coolDowns = { '0': 'No pause', '15': '15 minutes', '60': '1 hour', '360': '6 hours', '1440': '24 hours', '10080': '7 days' };

/** Of a few usual numbers, and the one that it has. */
const withOwn = (usual: Readonly<Record<string, string>>, own: string): Record<string, string> =>
  own in usual ? { ...usual } : { ...usual, [own]: minutesText(Number(own)) };

function Calls({ form, change }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const { data: keys = [] } = useGetList<ApiKey>('api-keys', { pagination: { page: 1, perPage: 200 } }, { retry: false });
  const known = useCallback(() => knownValues(keys, []), [keys]);
  const setQuery = (query: RuleForm['query']): void => change({ query });
  return (
    <>
      <div>
        <SearchBox query={form.query} setQuery={setQuery} keys={keys} known={known} inputRef={input} />
        <Chips role="group" aria-label="Filters in force">
          <FilterChips query={form.query} setQuery={setQuery} keys={keys} />
        </Chips>
      </div>
      <Pair>
        <TextField
          label="Calls or more"
          value={form.threshold}
          onChange={({ target }) => change({ threshold: target.value })}
          slotProps={{ htmlInput: { inputMode: 'numeric', pattern: '\\d+' } }}
        />
        <Choose
          name="windowMinutes"
          label="Within"
          value={form.windowMinutes}
          options={withOwn(windowWords, form.windowMinutes)}
          onChange={(windowMinutes) => change({ windowMinutes })}
        />
        <Choose name="groupBy" label="Counted for" value={form.groupBy} options={groupings} onChange={(groupBy) => change({ groupBy })} />
      </Pair>
    </>
  );
}

function Findings({ form, change }: Props) {
  const toggle = (name: (typeof detectorNames)[number]): void =>
    change({ detectors: form.detectors.includes(name) ? form.detectors.filter((one) => one !== name) : [...form.detectors, name] });
  return (
    <>
      <Choose
        name="leastSeverity"
        label="Of a severity of at least"
        value={form.leastSeverity}
        options={severityNames}
        onChange={(leastSeverity) => change({ leastSeverity })}
      />
      <div>
        <FormLabel id="rule-detectors">Detectors; none chosen means all</FormLabel>
        <FormGroup
          role="group"
          aria-labelledby="rule-detectors"
          style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(230px, 1fr))' }}
        >
          {detectorNames.map((name) => (
            <FormControlLabel
              key={name}
              control={<Checkbox size="small" checked={form.detectors.includes(name)} onChange={() => toggle(name)} />}
              label={detectors[name].title}
              slotProps={{ typography: { variant: 'body2' } }}
            />
          ))}
        </FormGroup>
      </div>
      <SubjectFields subjects={form.subjects} onChange={(subjects) => change({ subjects })} />
    </>
  );
}

function QuietHours({ form: { quiet }, change }: Props) {
  const set = (changes: Partial<RuleForm['quiet']>): void => change({ quiet: { ...quiet, ...changes } });
  return (
    <>
      <FormControlLabel
        control={<Checkbox checked={quiet.on} onChange={(_, on) => set({ on })} />}
        label="Quiet hours: alerts open, people are told when they are over"
      />
      {quiet.on && (
        <>
          <div>
            <FormLabel id="quiet-days">Beginning on</FormLabel>
            <Days role="group" aria-labelledby="quiet-days">
              {weekdays.map((day) => (
                <FormControlLabel
                  key={day}
                  control={
                    <Checkbox
                      size="small"
                      checked={quiet.weekdays.includes(day)}
                      onChange={(_, on) => set({ weekdays: weekdays.filter((one) => (one === day ? on : quiet.weekdays.includes(one))) })}
                    />
                  }
                  label={`${day.charAt(0).toUpperCase()}${day.slice(1, 3)}`}
                  slotProps={{ typography: { variant: 'body2' } }}
                />
              ))}
            </Days>
          </div>
          <Pair>
            <TextField
              type="time"
              label="From"
              value={quiet.from}
              onChange={({ target }) => set({ from: target.value })}
              slotProps={{ inputLabel: { shrink: true } }}
            />
            <TextField
              type="time"
              label="To"
              value={quiet.to}
              onChange={({ target }) => set({ to: target.value })}
              slotProps={{ inputLabel: { shrink: true } }}
            />
            <Choose
              name="timeZone"
              label="Time zone"
              value={quiet.timeZone}
              options={Object.fromEntries([...new Set([quiet.timeZone, ...zones])].map((zone) => [zone, zone]))}
              onChange={(timeZone) => set({ timeZone })}
            />
          </Pair>
          <FormControlLabel
            control={<Checkbox checked={quiet.criticalPasses} onChange={(_, criticalPasses) => set({ criticalPasses })} />}
            label="Critical alerts are told at once all the same"
          />
        </>
      )}
    </>
  );
}

function Channels({ label, chosen, onChange }: { label: string; chosen: readonly string[]; onChange: (ids: string[]) => void }) {
  const calls = useAlertCalls();
  const { data = [], isSuccess } = useQuery({ queryKey: ['channels', 'of-rules'], queryFn: () => calls.channels(), retry: false });
  // One that is gone can be let go.
  const gone = isSuccess
    ? chosen.filter((id) => !data.some((channel) => channel.id === id)).map((id) => ({ id, name: `A channel that is gone (${id})` }))
    : [];
  if (data.length + gone.length === 0) {
    return (
      <p style={{ margin: 0, fontSize: 13 }}>
        {label}: there is no channel yet, so alerts are in the inbox alone. <LinkBase to="/channels">Make a channel</LinkBase>
      </p>
    );
  }
  return (
    <div>
      <FormLabel>{label}</FormLabel>
      <FormGroup role="group" aria-label={label}>
        {[...data, ...gone].map(({ id, name }) => (
          <FormControlLabel
            key={id}
            control={
              <Checkbox
                size="small"
                checked={chosen.includes(id)}
                onChange={(_, on) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id))}
              />
            }
            label={name}
            slotProps={{ typography: { variant: 'body2' } }}
          />
        ))}
      </FormGroup>
    </div>
  );
}

function Escalation({ form: { escalation }, change }: Props) {
  const set = (changes: Partial<RuleForm['escalation']>): void => change({ escalation: { ...escalation, ...changes } });
  return (
    <>
      <FormControlLabel
        control={<Checkbox checked={escalation.on} onChange={(_, on) => set({ on })} />}
        label="Escalate when nobody acknowledges"
      />
      {escalation.on && (
        <>
          <Choose
            name="afterMinutes"
            label="After"
            value={escalation.afterMinutes}
            options={withOwn(
              { '5': '5 minutes', '15': '15 minutes', '30': '30 minutes', '60': '1 hour', '240': '4 hours' },
              escalation.afterMinutes,
            )}
            onChange={(afterMinutes) => set({ afterMinutes })}
          />
          <FormControlLabel
            control={<Checkbox checked={escalation.mailAdmins} onChange={(_, mailAdmins) => set({ mailAdmins })} />}
            label="Mail every admin"
          />
          <Channels label="And tell these channels" chosen={escalation.channelIds} onChange={(channelIds) => set({ channelIds })} />
        </>
      )}
    </>
  );
}

export function RuleFields({ form, change, isNew }: Props & { isNew: boolean }) {
  return (
    <>
      <Part aria-label="What it watches">
        <h2>What it watches</h2>
        <Stack>
          {isNew && (
            <Choices label="What it looks at">
              <Choice chosen={form.kind === 'filter'} onClick={() => change({ kind: 'filter' })}>
                Calls
              </Choice>
              <Choice chosen={form.kind === 'detector'} onClick={() => change({ kind: 'detector' })}>
                Findings of detectors
              </Choice>
            </Choices>
          )}
          {form.kind === 'filter' ? <Calls form={form} change={change} /> : <Findings form={form} change={change} />}
          <Choose
            name="coolDownMinutes"
            label="Then it pauses for"
            value={form.coolDownMinutes}
            options={withOwn(coolDowns, form.coolDownMinutes)}
            hint="For the same one: another fires as soon as it has reason to."
            onChange={(coolDownMinutes) => change({ coolDownMinutes })}
          />
        </Stack>
      </Part>
      <Part aria-label="Its alerts">
        <h2>Its alerts</h2>
        <Stack>
          <TextField
            label="Name"
            value={form.name}
            required
            onChange={({ target }) => change({ name: target.value })}
            slotProps={{ htmlInput: { maxLength: 80 } }}
          />
          <Choose
            name="severity"
            label="Severity"
            value={form.severity}
            options={severityNames}
            onChange={(severity) => change({ severity })}
          />
          <Channels label="Tell these channels" chosen={form.channelIds} onChange={(channelIds) => change({ channelIds })} />
          <QuietHours form={form} change={change} />
          <Escalation form={form} change={change} />
          <FormControlLabel control={<Checkbox checked={form.enabled} onChange={(_, enabled) => change({ enabled })} />} label="It is on" />
        </Stack>
      </Part>
    </>
  );
}
