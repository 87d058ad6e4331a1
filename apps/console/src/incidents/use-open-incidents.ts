import { useQuery } from '@tanstack/react-query';
import { useDataProvider } from 'react-admin';
import type { IncidentSummary } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';

const ASK_EVERY_MS = 30_000;
const none: readonly IncidentSummary[] = [];

/** Asked now and then by the line on every page. Where it cannot be said, nothing is: a page shows its own failures. */
export function useOpenIncidents(): readonly IncidentSummary[] {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data = none } = useQuery({
    queryKey: ['incidents', 'open'],
    queryFn: async () => {
      const open = await dataProvider.openIncidents();
      // The line stands as soon as it is known that there is one.
      if (open.length > 0) await import('./IncidentLine');
      return open;
    },
    staleTime: ASK_EVERY_MS / 2,
    refetchInterval: ASK_EVERY_MS,
    retry: false,
  });
  return data;
}
