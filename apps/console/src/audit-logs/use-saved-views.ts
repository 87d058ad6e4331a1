import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useDataProvider } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { viewQuery } from './saved-view';
import type { useLogQuery } from './use-log-query';

const queryKey = ['saved-views'];

/** One's own and the shared ones; `changed` after one was changed. */
export function useSavedViews() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey, queryFn: () => dataProvider.savedViews(), retry: false, staleTime: 30_000 });
  return { views: data, error, retry: () => void refetch(), changed: () => queryClient.invalidateQueries({ queryKey }) };
}

/** Whoever comes to the log without saying what they want sees the view that they open it with. Going back does not lead there again. */
export function useDefaultView({ isBare, replaceQuery }: Pick<ReturnType<typeof useLogQuery>, 'isBare' | 'replaceQuery'>): void {
  const { views } = useSavedViews();
  const opening = views?.find(({ isDefault }) => isDefault);
  useEffect(() => {
    if (isBare && opening) replaceQuery(viewQuery(opening));
  }, [isBare, opening, replaceQuery]);
}
