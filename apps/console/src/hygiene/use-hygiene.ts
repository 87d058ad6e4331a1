import { useQuery } from '@tanstack/react-query';
import { useDataProvider } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';

/** Where there is no key yet, nothing has to be asked. */
export function useHygiene({ enabled = true } = {}) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  return useQuery({ queryKey: ['hygiene'], queryFn: () => dataProvider.hygiene(), retry: false, enabled });
}
