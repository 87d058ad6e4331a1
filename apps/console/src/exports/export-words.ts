/** What an export is and how far it is, in words. */
import { logFields, type LogField } from '@pinebill/contract';
import type { ExportView } from '../api-types';
import { fieldLabels } from '../audit-logs/FilterChips';
import { unescapeValue } from '../audit-logs/log-query';
import { exactTime } from '../elements/times';
import type { StatusTone } from '../theme';

export type ExportFilter = ExportView['filter'];

export const sourceWords: Record<ExportView['source'], string> = {
  auditLogs: 'API logs',
  activity: 'Activity',
  evidence: 'Evidence',
  incidents: 'Incidents',
  period: 'A whole period',
};
export const formatWords: Record<ExportView['format'], string> = { csv: 'CSV', jsonl: 'JSON Lines', json: 'JSON', parquet: 'Parquet' };
export const stateWords: Record<ExportView['state'], { text: string; tone: StatusTone }> = {
  queued: { text: 'Waiting', tone: 'unknown' },
  running: { text: 'In progress', tone: 'redirect' },
  ready: { text: 'Ready', tone: 'success' },
  failed: { text: 'Failed', tone: 'server' },
  expired: { text: 'Files deleted', tone: 'unknown' },
};
/** A cancelled export is a failed one whose reason is a person. */
export const stateOf = ({ state, failure }: Pick<ExportView, 'state' | 'failure'>): { text: string; tone: StatusTone } =>
  failure?.code === 'cancelled' ? { text: 'Cancelled', tone: 'unknown' } : stateWords[state];

export const destinationWords: Record<Delivery['destination'], string> = { directory: 'A directory', s3: 'An S3 bucket' };
type Delivery = NonNullable<ExportView['delivery']>;
const deliveries: Record<Delivery['state'], { text: string; tone: StatusTone }> = {
  waiting: { text: 'Waits for delivery', tone: 'unknown' },
  delivering: { text: 'Being delivered', tone: 'redirect' },
  delivered: { text: 'Delivered', tone: 'success' },
  failed: { text: 'Not delivered', tone: 'server' },
  removed: { text: 'Removed there', tone: 'unknown' },
};
/** One that has failed and is tried again is neither well nor over. */
export const deliveryWords = ({ state, failures }: Pick<Delivery, 'state' | 'failures'>): { text: string; tone: StatusTone } =>
  state === 'waiting' && failures > 0 ? { text: 'Delivery fails', tone: 'client' } : deliveries[state];

export const isOpen = ({ state }: Pick<ExportView, 'state'>): boolean => state === 'queued' || state === 'running';

const rangeLabels: Record<string, string> = { from: 'From', to: 'Before', minDurationMs: 'At least', maxDurationMs: 'At most' };
const isField = (name: string): name is LogField => (logFields as readonly string[]).includes(name);

/** One line a condition, as people read it. */
export function filterLines(filter: ExportFilter): { label: string; value: string }[] {
  return Object.entries(filter).flatMap(([name, values]) =>
    [values].flat().map((value) => {
      const negated = isField(name) && value.startsWith('!');
      const text = unescapeValue(negated ? value.slice(1) : value).replaceAll(',', ', ');
      const shown = name === 'from' || name === 'to' ? exactTime(value) : name.endsWith('DurationMs') ? `${value} ms` : text;
      return { label: `${isField(name) ? fieldLabels[name] : (rangeLabels[name] ?? name)}${negated ? ' is not' : ''}`, value: shown };
    }),
  );
}
export const filterText = (filter: ExportFilter): string =>
  filterLines(filter)
    .map(({ label, value }) => `${label} ${value}`)
    .join(' · ');

/** "about 3 min left"; null when nobody can tell. */
export function timeLeft({ state, estimatedReadyAt }: Pick<ExportView, 'state' | 'estimatedReadyAt'>, now: Date): string | null {
  if (state !== 'running' || estimatedReadyAt === null) return null;
  const seconds = Math.max(1, Math.round((new Date(estimatedReadyAt).getTime() - now.getTime()) / 1_000));
  if (seconds < 90) return `about ${seconds} s left`;
  return `about ${Math.round(seconds / 60)} min left`;
}

export const downloadPath = (id: string, file?: string): string =>
  `/v1/exports/${encodeURIComponent(id)}/download${file === undefined ? '' : `?file=${encodeURIComponent(file)}`}`;
