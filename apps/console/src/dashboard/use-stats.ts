/** Figures for the dashboard: of programs and of nobody, as the list opens; people look at the console, and are not the traffic. */
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo } from 'react';
import { useDataProvider } from 'react-admin';
import type { StatsLine } from '../api-types';
import { emptyQuery, narrowed, withoutPeople } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import type { ConsoleDataProvider } from '../data-provider';
import type { Period } from './dashboard-range';

const REFRESH_MS = 60_000;

type Asked = { from?: string; to?: string; groupBy?: string; interval?: Period['interval']; limit?: string; ip?: string };

/** Nothing is asked while `asked` is null. What comes is drawn in slices: a dozen answers at once are a page of numbers, and the browser answers meanwhile. */
export function useStats(asked: Asked | null) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data, error, refetch, isPlaceholderData } = useQuery({
    queryKey: ['audit-logs', 'stats', asked],
    queryFn: () => dataProvider.logStats({ ...asked, actorType: withoutPeople }),
    enabled: asked !== null,
    retry: false,
    refetchInterval: REFRESH_MS,
    placeholderData: (before) => before,
  });
  const shown = useDeferredValue(useMemo(() => ({ data, isPlaceholderData }), [data, isPlaceholderData]));
  return { ...shown, error, refetch };
}

/** The rows behind a number: of the same period, with the same filter. */
export const rowsLink = ({ from, to }: Pick<Period, 'from' | 'to'>, values: Parameters<typeof narrowed>[1] = {}): string =>
  logLink(narrowed({ ...emptyQuery, from, to }, values));

export const slowestFirst = (lines: readonly StatsLine[]): StatsLine[] => [...lines].sort((a, b) => (b.p95Ms ?? 0) - (a.p95Ms ?? 0));
