import { can, type Permission } from '@pinebill/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useAuthProvider, usePermissions } from 'react-admin';
import type { Session } from '../api-types';

/** Who is signed in; null until the server has said so. */
export const useSession = (): Session | null => usePermissions<Session>().permissions ?? null;

export function useCan(permission: Permission): boolean {
  const session = useSession();
  return session !== null && can(session.role, permission);
}

/** After the server changed the session under us: ask again, and let every page follow. */
export function useRefreshSession(): () => Promise<void> {
  const authProvider = useAuthProvider();
  const queryClient = useQueryClient();
  return async () => {
    (authProvider as { refresh?: () => void } | undefined)?.refresh?.();
    await queryClient.invalidateQueries();
  };
}
