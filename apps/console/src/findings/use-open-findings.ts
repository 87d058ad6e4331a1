import { useGetList } from 'react-admin';
import type { Finding } from '../api-types';
import { useCan } from '../session/use-session';

const ASK_EVERY_MS = 15_000;
const none: readonly Finding[] = [];

/** Asked once for all rows of a page. Where it cannot be said, nothing is: the page shows its own failures. */
export function useOpenFindings(): readonly Finding[] {
  const mayRead = useCan('findings:read');
  const { data = none } = useGetList<Finding>(
    'findings',
    { filter: { state: 'open' }, pagination: { page: 1, perPage: 100 } },
    { retry: false, enabled: mayRead, refetchInterval: ASK_EVERY_MS, staleTime: ASK_EVERY_MS / 2 },
  );
  return data;
}
