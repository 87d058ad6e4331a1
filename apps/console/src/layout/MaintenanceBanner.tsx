/** One line on every page while the operator has changes refused: that it is so, until when, why, and what still works. Gone when it ends. */
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { useDataProvider } from 'react-admin';
import type { MaintenanceView } from '../api-types';
import { onMaintenanceRefusal, type ConsoleDataProvider } from '../data-provider';

const MaintenanceLine = lazy(async () => ({ default: (await import('./MaintenanceLine')).MaintenanceLine }));

const ASK_EVERY_MS = 30_000;

/**
 * Asked now and then, and at once when something was refused; what was heard last stands while nobody answers. Each question is a row of the
 * log: where nobody is signed in it is asked once, and again only while there is something that will end.
 */
function useMaintenance(signedIn: boolean): MaintenanceView | null {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data, refetch } = useQuery({
    queryKey: ['maintenance'],
    queryFn: () => dataProvider.maintenance(),
    // The banner stands anew on the page that the visitor is led to: what was just heard is still true there.
    staleTime: ASK_EVERY_MS,
    refetchInterval: ({ state }) => (signedIn || state.data?.active ? ASK_EVERY_MS : false),
    retry: false,
  });
  useEffect(() => onMaintenanceRefusal(() => void refetch()), [refetch]);
  return data?.active ? data : null;
}

export function MaintenanceBanner({ signedIn = false }: { signedIn?: boolean }) {
  const maintenance = useMaintenance(signedIn);
  // The region is there before its words are: only then they are read out when they come.
  return (
    <div role="status" style={{ gridArea: 'banner' }}>
      <Suspense fallback={null}>{maintenance && <MaintenanceLine {...maintenance} />}</Suspense>
    </div>
  );
}
