/** What is done with documents of normal usage. */
import { useQueryClient } from '@tanstack/react-query';
import { useDataProvider } from 'react-admin';
import type { Baseline, ChangeBaseline } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';

const below = (id: string, path = ''): string => `/baselines/${encodeURIComponent(id)}${path}`;
export const usagePath = (id: string): string => `/normal-usage/${encodeURIComponent(id)}`;

export function useUsageCalls() {
  const send = useDataProvider<ConsoleDataProvider>().request;
  return {
    draft: (apiKeyId: string | null, from: 'log' | 'current' = 'log') => send<Baseline>('POST', '/baselines', { apiKeyId, from }),
    change: (id: string, body: ChangeBaseline) => send<Baseline>('PATCH', below(id), body),
    approve: (id: string) => send<Baseline>('POST', below(id, '/approve')),
    remove: (id: string) => send<unknown>('DELETE', below(id)),
  };
}

export function useUsageChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['baselines'] });
}
