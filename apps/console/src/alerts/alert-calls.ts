/** What can be asked of alerts and their rules and done with them, with its types. */
import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useDataProvider } from 'react-admin';
import type { AlertDetail, AlertRule, BackTest, NewAlertRule } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';

type Period = { from: string };
/** It sends any method and path: no page of the first load needs to know these. */
type Send = ConsoleDataProvider['request'];

const alert = (id: string, path = ''): string => `/alerts/${encodeURIComponent(id)}${path}`;
const rule = (id: string): string => `/alert-rules/${encodeURIComponent(id)}`;

const calls = (send: Send) => ({
  acknowledge: (id: string) => send<AlertDetail>('POST', alert(id, '/acknowledge')),
  resolve: (id: string, resolution: string | null) => send<AlertDetail>('POST', alert(id, '/resolve'), { resolution }),
  assign: (id: string, assigneeId: string | null) => send<AlertDetail>('POST', alert(id, '/assign'), { assigneeId }),
  openIncident: (id: string) => send<AlertDetail>('POST', alert(id, '/incident')),
  rules: async () => (await send<{ data: AlertRule[] }>('GET', '/alert-rules')).data,
  rule: (id: string) => send<AlertRule>('GET', rule(id)),
  createRule: (body: NewAlertRule) => send<AlertRule>('POST', '/alert-rules', body),
  /** `version`: of the rule that was read. One that somebody else has changed meanwhile is refused. */
  changeRule: (id: string, body: Partial<NewAlertRule> & { version: number }) => send<AlertRule>('PATCH', rule(id), body),
  deleteRule: (id: string) => send<unknown>('DELETE', rule(id)),
  backTest: (body: NewAlertRule, period: Period) => send<BackTest>('POST', '/alert-rules/backtest', { rule: body, ...period }),
  channels: async () => (await send<{ data: { id: string; name: string }[] }>('GET', '/channels')).data,
});
export type AlertCalls = ReturnType<typeof calls>;

export function useAlertCalls(): AlertCalls {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  return useMemo(() => calls((method, path, body) => dataProvider.request(method, path, body)), [dataProvider]);
}

/** After something was done: every view of alerts asks again, and incidents with them. */
export function useAlertsChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await Promise.all(['alerts', 'alert-rules', 'incidents'].map((name) => queryClient.invalidateQueries({ queryKey: [name] })));
  };
}
