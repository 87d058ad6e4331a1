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
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { useDeed } from '../incidents/use-deed';
import { AccessDenied } from '../layout/NotFound';
import { Page, PageSkeleton, Row } from '../layout/Page';
import { useSession } from '../session/use-session';
import { can } from '@pinebill/contract';
import { useAlertCalls, useAlertsChanged } from './alert-calls';
import { minutesText, watchText } from './alert-words';
import { BackTestPart } from './BackTestPart';
import { SeverityChip } from './Marks';
import { PlanNotice, useHasAlerts } from './PlanNotice';
import { RuleFields } from './RuleFields';
import { bodyOf, formOf, missing, newRule, tested, type RuleForm } from './rule-form';

// No form: the search for calls is one, and forms within forms send each other.
const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 560px) minmax(0, 1fr)',
  gap: '28px 48px',
  alignItems: 'start',
  '@media (max-width: 1100px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
});

function Editor({ rule, begin }: { rule: AlertRule | null; begin: RuleForm }) {
  const [form, setForm] = useState(begin);
  const [deleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  const calls = useAlertCalls();
  const changed = useAlertsChanged();
  const deed = useDeed(changed);
  const hasAlerts = useHasAlerts();
  const lacks = missing(form);
  const save = async (): Promise<void> => {
    const { kind, ...body } = bodyOf(form);
    const isDone = await deed.run(() => (rule ? calls.changeRule(rule.id, body) : calls.createRule({ kind, ...body })));
    if (isDone) navigate('/alert-rules');
  };
  return (
    <>
      <PlanNotice />
      <Columns>
        <div>
          {deed.error !== null && <ProblemView error={deed.error} />}
          <RuleFields form={form} change={(changes) => setForm({ ...form, ...changes })} isNew={rule === null} />
          <Row style={{ marginTop: 24 }}>
            <Button
              variant="contained"
              onClick={() => void save()}
              disabled={deed.busy || lacks !== null || form.name.trim() === '' || !hasAlerts}
            >
              {deed.busy ? 'Saving…' : rule ? 'Save rule' : 'Create rule'}
            </Button>
            <Button component={LinkBase} to="/alert-rules">
              Cancel
            </Button>
            {rule && (
              <Button color="error" style={{ marginLeft: 'auto' }} onClick={() => setDeleting(true)}>
                Delete rule…
              </Button>
            )}
          </Row>
        </div>
        <BackTestPart
          rule={lacks === null && hasAlerts ? tested(form) : null}
          missing={hasAlerts ? lacks : 'It can be tried on the past with the enterprise plan.'}
        />
      </Columns>
      {deleting && rule && (
        <ConfirmDanger
          title="Delete rule"
          action="Delete rule"
          onConfirm={async () => {
            await calls.deleteRule(rule.id);
            await changed();
            navigate('/alert-rules');
          }}
          onClose={() => setDeleting(false)}
        >
          <span>“{rule.name}” opens no alert any more. The alerts that it has opened stay.</span>
        </ConfirmDanger>
      )}
    </>
  );
}

function Reading({ rule }: { rule: AlertRule }) {
  const { quietHours, escalation } = rule;
  return (
    <FactList
      facts={[
        { label: 'Watches', value: watchText(rule) },
        { label: 'Severity', value: <SeverityChip severity={rule.severity} /> },
        { label: 'State', value: rule.enabled ? 'On' : 'Off' },
        { label: 'Pauses for', value: minutesText(rule.coolDownMinutes) },
        quietHours && { label: 'Quiet hours', value: `${quietHours.from} to ${quietHours.to}, ${quietHours.timeZone}` },
        escalation && { label: 'Escalates', value: `After ${minutesText(escalation.afterMinutes)} without anybody` },
        { label: 'Fired last', value: <TimeStamp at={rule.lastFiredAt} relative missing="never" /> },
        { label: 'Changed', value: <><TimeStamp at={rule.changedAt} relative /> by {rule.changedBy}, version {rule.version}</> }, // prettier-ignore
      ]}
    />
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
  if (!data && !error) return <PageSkeleton />;
  const alerts = data && (
    <Button variant="outlined" component={LinkBase} to={`/alerts?view=all&ruleId=${data.id}`}>
      Its alerts
    </Button>
  );
  return (
    <Page title={data?.name ?? 'Rule'} lead={data && watchText(data)} actions={alerts}>
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data && (mayChange ? <Editor key={data.version} rule={data} begin={formOf(data)} /> : <Reading rule={data} />)}
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
