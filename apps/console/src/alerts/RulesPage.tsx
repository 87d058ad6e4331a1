/** All alert rules: what each watches, whether it does, and when it fired last. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import type { MouseEvent } from 'react';
import { LinkBase, useNavigate } from 'react-admin';
import type { AlertRule } from '../api-types';
import { Chip } from '../elements/Chip';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Page } from '../layout/Page';
import { useCan } from '../session/use-session';
import { useAlertCalls } from './alert-calls';
import { rulePath, watchText, type Names } from './alert-words';
import { SeverityChip } from './Marks';
import { PlanNotice } from './PlanNotice';
import { hasTrouble } from './RuleTrouble';
import { useSubjectNames } from './use-subject-names';

const Watches = styled('span')(({ theme }) => ({ color: theme.palette.tone.secondary }));

function RuleRow({ rule, names }: { rule: AlertRule; names: Names }) {
  const navigate = useNavigate();
  const { id, name, enabled, severity, openAlerts, lastFiredAt } = rule;
  return (
    <tr data-opens onClick={() => navigate(rulePath(id))}>
      <td style={{ width: '26%' }}>
        <LinkBase to={rulePath(id)} style={{ color: 'inherit', textDecoration: 'none', fontWeight: 500 }}>
          {name}
        </LinkBase>
      </td>
      <td style={{ width: '44%' }} data-label="Watches" title={watchText(rule, names)}>
        <Watches>{watchText(rule, names)}</Watches>
      </td>
      <td className="fit" data-label="Severity">
        <SeverityChip severity={severity} />
      </td>
      <td className="fit" data-label="State">
        {hasTrouble(rule) ? (
          <Chip tone="server">Trouble</Chip>
        ) : (
          <Chip tone={enabled ? 'success' : 'unknown'}>{enabled ? 'On' : 'Off'}</Chip>
        )}
      </td>
      <td className="fit number" data-label="Open alerts">
        {openAlerts === 0 ? (
          '0'
        ) : (
          <LinkBase to={`/alerts?ruleId=${id}`} onClick={(event: MouseEvent) => event.stopPropagation()}>
            {openAlerts}
          </LinkBase>
        )}
      </td>
      <td className="fit" data-label="Fired last">
        <TimeStamp at={lastFiredAt} relative missing="never" />
      </td>
    </tr>
  );
}

function Rules({ rules }: { rules: readonly AlertRule[] | undefined }) {
  const names = useSubjectNames(rules);
  return (
    <DataTable label="Alert rules">
      <thead>
        <tr>
          {['Rule', 'Watches', 'Severity', 'State', 'Open alerts', 'Fired last'].map((name) => (
            <th key={name} scope="col" className={name === 'Open alerts' ? 'number' : undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      {rules ? (
        <tbody>
          {rules.map((rule) => (
            <RuleRow key={rule.id} rule={rule} names={names} />
          ))}
        </tbody>
      ) : (
        <SkeletonRows rows={5} columns={[160, 320, [60, 'fit'], [30, 'fit'], [24, 'fit number'], [90, 'fit']]} />
      )}
    </DataTable>
  );
}

export function RulesPage() {
  const calls = useAlertCalls();
  const mayChange = useCan('alerts:write');
  const { data, error, refetch } = useQuery({ queryKey: ['alert-rules'], queryFn: () => calls.rules(), retry: false });
  const create = (
    <Button variant="contained" component={LinkBase} to="/alert-rules/new">
      New rule
    </Button>
  );
  return (
    <Page
      title="Rules"
      lead="What opens an alert: too many calls of a kind within a time, or what a detector finds."
      actions={mayChange && create}
    >
      <PlanNotice />
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {!error && data?.length === 0 ? (
        <EmptyState title="No rule yet" action={mayChange ? create : undefined}>
          A rule says what is too much: 20 calls with 401 from one address within 5 minutes, for example. Before it is saved, you see how
          often it would have fired.
        </EmptyState>
      ) : (
        !error && <Rules rules={data} />
      )}
    </Page>
  );
}
