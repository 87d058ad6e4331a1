/** Figures for the dashboard: of programs and of nobody, as the list opens; people look at the console, and are not the traffic. */
import { useQuery } from '@tanstack/react-query';
import { useDataProvider } from 'react-admin';
import type { StatsLine } from '../api-types';
import { emptyQuery, narrowed, withoutPeople } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import type { ConsoleDataProvider } from '../data-provider';
import type { Period } from './dashboard-range';

const REFRESH_MS = 60_000;

type Asked = { from?: string; to?: string; groupBy?: string; interval?: Period['interval']; limit?: string; ip?: string };

/** Nothing is asked while `asked` is null. */
export function useStats(asked: Asked | null) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  return useQuery({
    queryKey: ['audit-logs', 'stats', asked],
    queryFn: () => dataProvider.logStats({ ...asked, actorType: withoutPeople }),
    enabled: asked !== null,
    retry: false,
    refetchInterval: REFRESH_MS,
    placeholderData: (before) => before,
  });
}

/** The rows behind a number: of the same period, with the same filter. */
export const rowsLink = ({ from, to }: Pick<Period, 'from' | 'to'>, values: Parameters<typeof narrowed>[1] = {}): string =>
  logLink(narrowed({ ...emptyQuery, from, to }, values));

export const slowestFirst = (lines: readonly StatsLine[]): StatsLine[] => [...lines].sort((a, b) => (b.p95Ms ?? 0) - (a.p95Ms ?? 0));
