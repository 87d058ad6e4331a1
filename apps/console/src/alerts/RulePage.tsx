/** A rule as it is written: its fields, and beside them what it would have done. Whoever may not change it reads what it says. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { LinkBase, useLocation, useNavigate, useParams } from 'react-admin';
import type { AlertRule } from '../api-types';
import { readQuery, withoutLook } from '../audit-logs/log-query';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { FactList } from '../elements/FactList';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { useDeed } from '../incidents/use-deed';
import { AccessDenied } from '../layout/NotFound';
import { Page, PageSkeleton, Row } from '../layout/Page';
import { PageProblem } from '../layout/PageProblem';
import { useSession } from '../session/use-session';
import { can, weekdays } from '@pinebill/contract';
import { useAlertCalls, useAlertsChanged } from './alert-calls';
import { minutesText, watchText } from './alert-words';
import { BackTestPart } from './BackTestPart';
import { SeverityChip } from './Marks';
import { PlanNotice, useHasAlerts } from './PlanNotice';
import { RuleFields } from './RuleFields';
import { RuleTrouble } from './RuleTrouble';
import { useSubjectNames } from './use-subject-names';
import { bodyOf, formOf, missing, newRule, tested, type RuleForm } from './rule-form';

// No form: the search for calls is one, and forms within forms send each other.
const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 560px) minmax(0, 1fr)',
  gap: '28px 48px',
  alignItems: 'start',
  '@media (max-width: 1100px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
});

/** Somebody else has changed it while it was being written here: what was written stays, and cannot be saved over it. */
function ChangedMeanwhile({ rule, version, onTake }: { rule: AlertRule; version: number; onTake: () => void }) {
  if (rule.version <= version) return null;
  return (
    <Notice tone="client" role="status" style={{ marginBottom: 16, maxWidth: 760 }}>
      <strong>{rule.changedBy} has changed the rule meanwhile</strong>
      <p>
        It is version {rule.version} now, changed <TimeStamp at={rule.changedAt} relative />. What you have written is still here, and
        cannot be saved over it.
      </p>
      <div>
        <Button variant="outlined" onClick={onTake}>
          Start again from version {rule.version}
        </Button>
      </div>
    </Notice>
  );
}

function DeleteRule({ rule, onClose }: { rule: AlertRule; onClose: () => void }) {
  const navigate = useNavigate();
  const calls = useAlertCalls();
  const changed = useAlertsChanged();
  return (
    <ConfirmDanger
      title="Delete rule"
      action="Delete rule"
      onConfirm={async () => {
        await calls.deleteRule(rule.id);
        await changed();
        navigate('/alert-rules');
      }}
      onClose={onClose}
    >
      <span>“{rule.name}” opens no alert any more. The alerts that it has opened stay.</span>
    </ConfirmDanger>
  );
}

type ButtonsProps = { rule: AlertRule | null; busy: boolean; disabled: boolean; onSave: () => void; onDelete: () => void };

function Buttons({ rule, busy, disabled, onSave, onDelete }: ButtonsProps) {
  return (
    <Row style={{ marginTop: 24 }}>
      <Button variant="contained" onClick={onSave} disabled={busy || disabled}>
        {busy ? 'Saving…' : rule ? 'Save rule' : 'Create rule'}
      </Button>
      <Button component={LinkBase} to="/alert-rules">
        Cancel
      </Button>
      {rule && (
        <Button color="error" style={{ marginLeft: 'auto' }} onClick={onDelete}>
          Delete rule…
        </Button>
      )}
    </Row>
  );
}

function Editor({ rule, begin }: { rule: AlertRule | null; begin: RuleForm }) {
  const [form, setForm] = useState(begin);
  // The page asks again now and then; what was read is what is changed.
  const [version, setVersion] = useState(rule?.version ?? 0);
  const [deleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  const calls = useAlertCalls();
  const changed = useAlertsChanged();
  const deed = useDeed(changed);
  const hasAlerts = useHasAlerts();
  const lacks = missing(form);
  const save = async (): Promise<void> => {
    const { kind, ...body } = bodyOf(form);
    const isDone = await deed.run(() => (rule ? calls.changeRule(rule.id, { ...body, version }) : calls.createRule({ kind, ...body })));
    if (isDone) navigate('/alert-rules');
  };
  return (
    <>
      <PlanNotice />
      {rule && !deed.busy && (
        <ChangedMeanwhile
          rule={rule}
          version={version}
          onTake={() => {
            setForm(formOf(rule));
            setVersion(rule.version);
          }}
        />
      )}
      {rule && <RuleTrouble rule={rule} />}
      <Columns>
        <div>
          {deed.error !== null && <ProblemView error={deed.error} />}
          <RuleFields form={form} change={(changes) => setForm({ ...form, ...changes })} isNew={rule === null} />
          <Buttons
            rule={rule}
            busy={deed.busy}
            disabled={lacks !== null || form.name.trim() === '' || !hasAlerts}
            onSave={() => void save()}
            onDelete={() => setDeleting(true)}
          />
        </div>
        <BackTestPart
          rule={lacks === null && hasAlerts ? tested(form) : null}
          missing={hasAlerts ? lacks : 'It can be tried on the past with the enterprise plan.'}
        />
      </Columns>
      {deleting && rule && <DeleteRule rule={rule} onClose={() => setDeleting(false)} />}
    </>
  );
}

const capital = (text: string): string => text.replace(/^./, (first) => first.toUpperCase());
function quietText({ weekdays: days, from, to, timeZone, criticalPasses }: NonNullable<AlertRule['quietHours']>): string {
  const on = days.length === weekdays.length ? 'Every day' : days.map(capital).join(', ');
  return `${on}, ${from} to ${to}, ${timeZone}${criticalPasses ? '; critical alerts are told all the same' : ''}`;
}

function Reading({ rule }: { rule: AlertRule }) {
  const { quietHours, escalation } = rule;
  const calls = useAlertCalls();
  const { data = [] } = useQuery({ queryKey: ['channels', 'of-rules'], queryFn: () => calls.channels(), retry: false });
  const channels = (ids: readonly string[]): string => ids.map((id) => data.find((channel) => channel.id === id)?.name ?? id).join(', ');
  const escalatedTo = escalation && [channels(escalation.channelIds), ...(escalation.mailAdmins ? ['every admin by mail'] : [])].filter((one) => one !== '').join(', '); // prettier-ignore
  const names = useSubjectNames([rule]);
  return (
    <>
      <PlanNotice />
      <RuleTrouble rule={rule} />
      <FactList
        facts={[
          { label: 'Watches', value: watchText(rule, names) },
          { label: 'Severity', value: <SeverityChip severity={rule.severity} /> },
          { label: 'State', value: rule.enabled ? 'On' : 'Off' },
          { label: 'Pauses for', value: minutesText(rule.coolDownMinutes) },
          { label: 'Tells', value: channels(rule.channelIds) || 'Nobody: its alerts are in the inbox' },
          quietHours && { label: 'Quiet hours', value: quietText(quietHours) },
          escalation && { label: 'Escalates', value: `After ${minutesText(escalation.afterMinutes)} without anybody, to ${escalatedTo}` },
          { label: 'Fired last', value: <TimeStamp at={rule.lastFiredAt} relative missing="never" /> },
          { label: 'Changed', value: <><TimeStamp at={rule.changedAt} relative /> by {rule.changedBy}, version {rule.version}</> }, // prettier-ignore
        ]}
      />
    </>
  );
}

/** From the log: the filter that it shows, whenever that is. */
function useBegin(): RuleForm {
  const { search } = useLocation();
  const query = withoutLook({ ...readQuery(search), from: null, to: null, preset: 'all' });
  return { ...newRule(), query };
}

function NewRule() {
  const begin = useBegin();
  return (
    <Page title="New rule" lead="It looks at what comes from now on. What it would have done before, you see beside it.">
      <Editor rule={null} begin={begin} />
    </Page>
  );
}

function SavedRule({ id, mayChange }: { id: string; mayChange: boolean }) {
  const calls = useAlertCalls();
  const { data, error, refetch } = useQuery({ queryKey: ['alert-rules', id], queryFn: () => calls.rule(id), retry: false });
  const names = useSubjectNames(data && [data]);
  if (!data && !error) return <PageSkeleton />;
  const alerts = data && (
    <Button variant="outlined" component={LinkBase} to={`/alerts?view=all&ruleId=${data.id}`}>
      Its alerts
    </Button>
  );
  return (
    <Page title={data?.name ?? 'Rule'} lead={data && watchText(data, names)} actions={alerts}>
      {error && <PageProblem error={error} retry={() => void refetch()} list={{ to: '/alert-rules', label: 'All rules' }} />}
      {data && (mayChange ? <Editor key={data.id} rule={data} begin={formOf(data)} /> : <Reading rule={data} />)}
    </Page>
  );
}

export function RulePage() {
  const { id = 'new' } = useParams();
  const session = useSession();
  if (!session) return <PageSkeleton />;
  const mayChange = can(session.role, 'alerts:write');
  if (id !== 'new') return <SavedRule id={id} mayChange={mayChange} />;
  return mayChange ? <NewRule /> : <AccessDenied />;
}
