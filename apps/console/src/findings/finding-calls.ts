/** What is done about a finding. */
import { useQueryClient } from '@tanstack/react-query';
import { useDataProvider } from 'react-admin';
import type { FindingDetail } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { findingPath } from './finding-words';

export function useFindingCalls() {
  const send = useDataProvider<ConsoleDataProvider>().request;
  return {
    callNormal: (id: string, because: string) => send<FindingDetail>('POST', `${findingPath(id)}/normal`, { because }),
    takeBack: (id: string) => send<FindingDetail>('DELETE', `${findingPath(id)}/normal`),
    openIncident: (id: string) => send<FindingDetail>('POST', `${findingPath(id)}/incident`),
  };
}

/** Every view of findings, and of the incidents that came from one, asks again. */
export function useFindingChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await Promise.all(['findings', 'incidents'].map((name) => queryClient.invalidateQueries({ queryKey: [name] })));
  };
}
