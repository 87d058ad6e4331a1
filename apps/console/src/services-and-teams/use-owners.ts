/** The lists of services and teams, read once and kept for every form that asks. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useDataProvider } from 'react-admin';
import type { OwnerList } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';

const keyOf = (list: OwnerList) => ['owners', list] as const;

/** By name. */
export function useOwners(list: OwnerList) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  return useQuery({
    queryKey: keyOf(list),
    queryFn: async () => (await dataProvider.owners(list)).sort((a, b) => a.name.localeCompare(b.name)),
    retry: false,
  });
}

/** After anything that may have changed a list, or what keys belong to. */
export function useOwnersChanged(): () => Promise<unknown> {
  const queryClient = useQueryClient();
  return () => Promise.all(['owners', 'api-keys', 'hygiene'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
}
