/** One incident, as it is at this moment: who looks at it looks at a fire, so it is asked again every few seconds while it burns. */
import { useEffect, useState } from 'react';
import { useGetOne } from 'react-admin';
import type { Incident } from '../api-types';

const ASK_EVERY_MS = 5_000;

export function useIncident(id: string) {
  const { data, ...rest } = useGetOne<Incident>(
    'incidents',
    { id },
    { retry: false, refetchInterval: ({ state }) => (state.data?.closedAt === null ? ASK_EVERY_MS : false) },
  );
  // Whoever comes from a list finds the list's row here first, which is less than the page needs: it is waited for the whole.
  return { ...rest, data: data && 'steps' in data ? data : undefined };
}

/** Now, every second while it matters. */
export function useNow(ticking: boolean): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(new Date()), 1_000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
