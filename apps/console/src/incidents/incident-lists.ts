/** What belongs to an incident and is read apart from it. All below its key, so that whatever changes it asks again. */
import { useQuery } from '@tanstack/react-query';
import { useIncidentCalls } from './incident-calls';

const ASK_EVERY_MS = 10_000;

export function useEvidence(id: string, enabled: boolean) {
  const calls = useIncidentCalls();
  return useQuery({ queryKey: ['incidents', id, 'evidence'], queryFn: () => calls.evidence(id), enabled, retry: false });
}
export function useTimeline(id: string, live: boolean) {
  const calls = useIncidentCalls();
  return useQuery({
    queryKey: ['incidents', id, 'timeline'],
    queryFn: () => calls.timeline(id),
    retry: false,
    refetchInterval: live && ASK_EVERY_MS,
  });
}
export function useNotes(id: string) {
  const calls = useIncidentCalls();
  return useQuery({ queryKey: ['incidents', id, 'notes'], queryFn: () => calls.notes(id), retry: false, refetchInterval: ASK_EVERY_MS });
}
export function useFollowUps(id: string) {
  const calls = useIncidentCalls();
  return useQuery({ queryKey: ['incidents', id, 'follow-ups'], queryFn: () => calls.followUps(id), retry: false });
}
export function useServices(id: string, live: boolean) {
  const calls = useIncidentCalls();
  return useQuery({
    queryKey: ['incidents', id, 'services'],
    queryFn: () => calls.services(id),
    retry: false,
    refetchInterval: live && ASK_EVERY_MS,
  });
}
