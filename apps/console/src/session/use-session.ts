import { can, type Permission } from '@pinebill/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useAuthProvider, usePermissions } from 'react-admin';
import type { Session } from '../api-types';
import type { ConsoleAuthProvider } from '../auth-provider';

const STALE_MS = 5 * 60_000;
const AGAIN_MS = 5_000;

/** Who is signed in, or why the server cannot say so; then it is asked again and again. */
export function useSessionState(): { session: Session | null; error: unknown; retry: () => void } {
  const { permissions, error, refetch } = usePermissions<Session>(undefined, {
    staleTime: STALE_MS,
    retry: false,
    refetchInterval: ({ state }) => (state.error === null ? false : AGAIN_MS),
  });
  return { session: permissions ?? null, error, retry: () => void refetch() };
}

/** Who is signed in; null until the server has said so. */
export const useSession = (): Session | null => useSessionState().session;

export function useCan(permission: Permission): boolean {
  const session = useSession();
  return session !== null && can(session.role, permission);
}

/** After the server changed the session under us: take its answer, or ask again without one, and let every page follow. */
export function useRefreshSession(): (session?: Session) => Promise<void> {
  const authProvider = useAuthProvider<ConsoleAuthProvider>();
  const queryClient = useQueryClient();
  return async (session) => {
    if (session) authProvider?.adopt(session);
    else authProvider?.refresh();
    await queryClient.invalidateQueries();
  };
}
