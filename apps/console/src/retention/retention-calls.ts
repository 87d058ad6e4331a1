/** What can be asked of plan and retention, and done with them, with its types. */
import { type PlanName } from '@pinebill/contract';
import { useMemo } from 'react';
import { useDataProvider } from 'react-admin';
import type {
  ArchiveFindings,
  ArchiveSetting,
  CreateHold,
  HoldView,
  PlanPreview,
  PlanView,
  PurgeCertificatePage,
  RecordRetention,
  SearchArchives,
} from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';

/** By method and path below `/v1`: the provider's one way for what comes with its page. */
type Send = ConsoleDataProvider['request'];

const calls = (send: Send) => ({
  preview: (plan: PlanName) => send<PlanPreview>('POST', '/plan/preview', { plan }),
  change: (plan: PlanName, confirm: boolean) => send<PlanView>('PATCH', '/plan', confirm ? { plan, confirm } : { plan }),
  hold: (body: CreateHold) => send<HoldView>('POST', '/holds', body),
  purging: () => send<PurgeCertificatePage>('GET', '/purge-certificates?limit=1'),
  release: (id: string, reason: string) => send<HoldView>('POST', `/holds/${encodeURIComponent(id)}/release`, { reason }),
  archiveSetting: () => send<ArchiveSetting>('GET', '/archive-setting'),
  archiveTo: (archiveTo: ArchiveSetting['archiveTo']) => send<ArchiveSetting>('PUT', '/archive-setting', { archiveTo }),
  searchArchives: (asked: Partial<SearchArchives>) => send<ArchiveFindings>('POST', '/archives/search', asked),
  record: (id: string) => send<RecordRetention>('GET', `/audit-logs/${encodeURIComponent(id)}/retention`),
});

export function useRetentionCalls(): ReturnType<typeof calls> {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  return useMemo(() => calls(dataProvider.request), [dataProvider]);
}
