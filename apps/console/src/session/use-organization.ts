/**
 * The session works in one organization, for all tabs of the browser: the cookie is one. When it moves, nothing of the organization before
 * may stay, on the screen or in memory, in this tab or another: somebody would revoke a key there and mean one here.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import { useAuthProvider, useNavigate } from 'react-admin';
import type { Session } from '../api-types';
import type { ConsoleAuthProvider } from '../auth-provider';

const CHANNEL = 'pinebill.organization';
/** What react-admin keeps of who is signed in; the frame hangs on it, so it is asked again, not taken away. */
const isOfSession = ({ queryKey }: { queryKey: readonly unknown[] }): boolean => queryKey[0] === 'auth';

/** Forgets everything, goes to the first page, and shows what the session is now: its answer, or what the server says when asked. */
function useForget(): (session: Session | null) => Promise<void> {
  const authProvider = useAuthProvider<ConsoleAuthProvider>();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useCallback(
    async (session) => {
      if (session) authProvider?.adopt(session);
      else authProvider?.refresh();
      navigate('/');
      await queryClient.cancelQueries();
      queryClient.removeQueries({ predicate: (query) => !isOfSession(query) });
      queryClient.getMutationCache().clear();
      await queryClient.invalidateQueries({ predicate: isOfSession });
    },
    [authProvider, queryClient, navigate],
  );
}

const channel = (): BroadcastChannel | null => (typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL));

/** After the server has moved the session. */
export function useEnterOrganization(): (session: Session) => Promise<void> {
  const forget = useForget();
  return useCallback(
    async (session) => {
      await forget(session);
      const others = channel();
      others?.postMessage(session.organization.id);
      others?.close();
    },
    [forget],
  );
}

/** Another tab has moved the session that this one works with. */
export function useFollowOrganization(current: string | null): void {
  const forget = useForget();
  useEffect(() => {
    const others = channel();
    others?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (current !== null && data !== current) void forget(null);
    });
    return () => others?.close();
  }, [current, forget]);
}
