/** One line on every page while an incident is open: that it is so, and the one link to what is to be done. On the page of that incident it is not needed. */
import { can } from '@pinebill/contract';
import { lazy, Suspense } from 'react';
import { useLocation } from 'react-admin';
import { useOpenIncidents } from '../incidents/use-open-incidents';
import type { Viewer } from './navigation';

const IncidentLine = lazy(async () => ({ default: (await import('../incidents/IncidentLine')).IncidentLine }));

export function IncidentBanner({ viewer }: { viewer: Viewer }) {
  const { pathname } = useLocation();
  const elsewhere = useOpenIncidents().filter(({ id }) => !pathname.startsWith(`/incidents/${id}`));
  const needed = elsewhere.length > 0 && pathname !== '/incidents';
  return (
    <div aria-live="polite">
      <Suspense fallback={null}>
        {needed && <IncidentLine incidents={elsewhere} mayContain={can(viewer.role, 'incidents:write')} />}
      </Suspense>
    </div>
  );
}
