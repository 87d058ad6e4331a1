import { can, type Permission } from '@pinebill/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useAuthProvider, usePermissions } from 'react-admin';
import type { Session } from '../api-types';
import type { ConsoleAuthProvider } from '../auth-provider';

/** Who is signed in; null until the server has said so. */
export const useSession = (): Session | null => usePermissions<Session>().permissions ?? null;

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
