/** What can be asked of incidents and done with them, with its types. */
import type { WaivableStep } from '@pinebill/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useDataProvider } from 'react-admin';
import type {
  ChangeIncident,
  ChangeService,
  ContainIncident,
  Incident,
  IncidentEvidence,
  IncidentExtent,
  IncidentFollowUp,
  IncidentNote,
  IncidentService,
  IncidentTemplate,
  MintedKey,
  OpenIncident,
  TimelineEntry,
} from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';

export type Findings = Pick<ChangeIncident, 'rootCause' | 'impact' | 'lessons'>;
type ListOf<T> = { data: T[]; nextCursor?: string | null };
type Send = ConsoleDataProvider['request'];

const below = (id: string, path = ''): string => `/incidents/${encodeURIComponent(id)}${path}`;
const template = '/incident-template';
const LONGEST = '?limit=200';

const calls = (send: Send) => ({
  open: (body: OpenIncident) => send<Incident>('POST', '/incidents', body),
  change: (id: string, body: ChangeIncident) => send<Incident>('PATCH', below(id), body),
  contain: (id: string, body: ContainIncident) => send<Incident>('POST', below(id, '/contain'), body),
  replace: (id: string, body: { apiKeyId: string; name: string }) => send<MintedKey>('POST', below(id, '/replace'), body),
  notNeeded: (id: string, step: WaivableStep, because: string) =>
    send<Incident>('POST', below(id, `/steps/${step}/not-needed`), { because }),
  needed: (id: string, step: WaivableStep) => send<Incident>('DELETE', below(id, `/steps/${step}/not-needed`)),
  evidence: (id: string) => send<ListOf<IncidentEvidence>>('GET', below(id, `/evidence${LONGEST}`)),
  addEvidence: (id: string, logIds: readonly string[]) => send<unknown>('POST', below(id, '/evidence'), { logIds }),
  timeline: (id: string) => send<ListOf<TimelineEntry>>('GET', below(id, '/timeline')),
  notes: (id: string) => send<ListOf<IncidentNote>>('GET', below(id, `/notes${LONGEST}`)),
  addNote: (id: string, body: { text: string; mentions: string[] }) => send<IncidentNote>('POST', below(id, '/notes'), body),
  followUps: (id: string) => send<ListOf<IncidentFollowUp>>('GET', below(id, '/follow-ups')),
  addFollowUp: (id: string, body: { title: string; ownerId: string | null; dueOn: string | null }) =>
    send<IncidentFollowUp>('POST', below(id, '/follow-ups'), body),
  changeFollowUp: (id: string, followUp: string, body: { done: boolean }) =>
    send<IncidentFollowUp>('PATCH', below(id, `/follow-ups/${followUp}`), body),
  services: (id: string) => send<ListOf<IncidentService>>('GET', below(id, '/services')),
  addService: (id: string, body: { label: string; comment?: string }) => send<IncidentService>('POST', below(id, '/services'), body),
  changeService: (id: string, caller: string, body: ChangeService) =>
    send<IncidentService>('PATCH', below(id, `/services/${caller}`), body),
  removeService: (id: string, caller: string) => send<unknown>('DELETE', below(id, `/services/${caller}`)),
  extent: (id: string, period: { from: string | null; to: string | null }) => {
    const query = new URLSearchParams(Object.entries(period).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
    return send<IncidentExtent>('GET', below(id, `/extent${query.size > 0 ? `?${query.toString()}` : ''}`));
  },
  confirmExtent: (id: string, body: { from: string; to?: string }) => send<Incident>('PUT', below(id, '/extent'), body),
  template: () => send<IncidentTemplate>('GET', template),
  setTemplate: (text: string | null) => send<IncidentTemplate>('PUT', template, { text }),
  previewTemplate: (text: string) => send<{ markdown: string }>('POST', `${template}/preview`, { text }),
  close: (id: string, body: Findings) => send<Incident>('POST', below(id, '/close'), body),
  reopen: (id: string, because: string) => send<Incident>('POST', below(id, '/reopen'), { because }),
  releaseHold: (id: string) => send<Incident>('POST', below(id, '/release-hold')),
});

export type IncidentCalls = ReturnType<typeof calls>;

export function useIncidentCalls(): IncidentCalls {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  return useMemo(() => calls((method, path, body) => dataProvider.request(method, path, body)), [dataProvider]);
}

/** After something was done: every view of incidents asks again, and whatever it may have changed with them. */
export function useIncidentChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await Promise.all(['incidents', 'api-keys', 'restrictions'].map((name) => queryClient.invalidateQueries({ queryKey: [name] })));
  };
}
