import { useGetList } from 'react-admin';
import type { Finding } from '../api-types';
import { useCan } from '../session/use-session';

const ASK_EVERY_MS = 15_000;
/** What one request of the API answers. */
const MOST = 100;
const none: readonly Finding[] = [];

export type OpenFindings = {
  /** High and critical, the newest first. However many small ones there are, these are among what is asked for. */
  grave: readonly Finding[];
  others: readonly Finding[];
  /** There may be more grave ones than these. */
  hasMoreGrave: boolean;
};

function useOpen(severity: string, enabled: boolean): readonly Finding[] {
  const { data = none } = useGetList<Finding>(
    'findings',
    { filter: { state: 'open', severity }, pagination: { page: 1, perPage: MOST } },
    { retry: false, enabled, refetchInterval: ASK_EVERY_MS, staleTime: ASK_EVERY_MS / 2 },
  );
  return data;
}

/** Asked once for all rows of a page. Where it cannot be said, nothing is: the page shows its own failures. */
export function useOpenFindings(): OpenFindings {
  const mayRead = useCan('findings:read');
  const grave = useOpen('critical,high', mayRead);
  return { grave, others: useOpen('medium,low', mayRead), hasMoreGrave: grave.length >= MOST };
}
