/**
 * A record as a flat row, for files: its columns, in their order, each with where it stands in `audit_record` (for COPY) and how it is read from a
 * record (for everything else). Ids are those of the API. What is only of now (the state of a key today) is not in it: a file is evidence of the moment.
 */
import { logColumnNames, type LogColumnName } from '@pinebill/contract';
import type { RecordedError, StoredRecord } from '@pinebill/nestjs-audit';
import { typeId, typeIdOrNull } from '../platform/ids';
import type { LogRecord } from './audit-logs.dto';
import { toLogRecord } from './log-record';

export type Cell = string | number | null;
export type ColumnType = 'text' | 'integer' | 'number' | 'instant' | 'json';

export type LogColumn = {
  name: LogColumnName;
  type: ColumnType;
  /** In `audit_record`. */
  column: string;
  value: (record: StoredRecord) => Cell;
};

const json = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));
const actorId = ({ actorType, actorId: id }: StoredRecord): string | null =>
  actorType === 'apiKey' || actorType === 'user' ? typeIdOrNull(actorType === 'apiKey' ? 'key' : 'usr', id) : null;

const definitions: Record<LogColumnName, Omit<LogColumn, 'name'>> = {
  id: { type: 'text', column: 'id', value: ({ id }) => typeId('log', id) },
  requestId: { type: 'text', column: 'id', value: ({ id }) => typeId('req', id) },
  startedAt: { type: 'instant', column: 'occurred_at', value: ({ startedAt }) => startedAt },
  sequence: { type: 'integer', column: 'sequence', value: ({ sequence }) => sequence },
  kind: { type: 'text', column: 'kind', value: ({ kind }) => kind },
  method: { type: 'text', column: 'method', value: ({ method }) => method },
  path: { type: 'text', column: 'path', value: ({ path }) => path },
  query: { type: 'json', column: 'query', value: ({ query }) => json(query) },
  route: { type: 'text', column: 'route', value: ({ route }) => route },
  status: { type: 'integer', column: 'status', value: ({ status }) => status },
  outcome: { type: 'text', column: 'outcome', value: ({ outcome }) => outcome },
  reason: { type: 'text', column: 'reason', value: ({ reason }) => reason },
  durationMs: { type: 'number', column: 'duration_ms', value: ({ durationMs }) => durationMs },
  actorType: { type: 'text', column: 'actor_type', value: ({ actorType }) => actorType },
  actorId: { type: 'text', column: 'actor_id', value: actorId },
  actorName: { type: 'text', column: 'actor_name', value: ({ actorName }) => actorName },
  apiKeyId: { type: 'text', column: 'api_key_id', value: ({ apiKeyId }) => typeIdOrNull('key', apiKeyId) },
  apiKeyName: { type: 'text', column: 'api_key_name', value: ({ apiKeyName }) => apiKeyName },
  apiKeyMasked: { type: 'text', column: 'api_key_last4', value: ({ apiKeyLast4 }) => apiKeyLast4 && `pbk_...${apiKeyLast4}` },
  apiKeyState: { type: 'text', column: 'api_key_state', value: ({ apiKeyState }) => apiKeyState },
  keyFingerprint: { type: 'text', column: 'key_fingerprint', value: ({ keyFingerprint }) => keyFingerprint },
  service: { type: 'text', column: 'service', value: ({ service }) => service },
  team: { type: 'text', column: 'team', value: ({ team }) => team },
  environment: { type: 'text', column: 'environment', value: ({ environment }) => environment },
  ip: { type: 'text', column: 'ip', value: ({ ip }) => ip },
  country: { type: 'text', column: 'country', value: ({ country }) => country },
  userAgent: { type: 'text', column: 'user_agent', value: ({ userAgent }) => userAgent },
  requestBytes: { type: 'integer', column: 'request_bytes', value: ({ requestBytes }) => requestBytes },
  responseBytes: { type: 'integer', column: 'response_bytes', value: ({ responseBytes }) => responseBytes },
  authMs: { type: 'number', column: 'auth_ms', value: ({ authMs }) => authMs },
  handlerMs: { type: 'number', column: 'handler_ms', value: ({ handlerMs }) => handlerMs },
  clientRequestId: { type: 'text', column: 'client_request_id', value: ({ clientRequestId }) => clientRequestId },
  traceId: { type: 'text', column: 'trace_id', value: ({ traceId }) => traceId },
  error: { type: 'json', column: 'error', value: ({ error }) => json(error satisfies RecordedError | null) },
  marks: { type: 'text', column: 'marks', value: ({ marks }) => (marks.length > 0 ? marks.join(' ') : null) },
  gap: { type: 'json', column: 'gap', value: ({ gap }) => json(gap) },
};

export const logColumns: readonly LogColumn[] = logColumnNames.map((name) => ({ name, ...definitions[name] }));

/** As the API shows a record, without what is only of now. */
export function toExportedRecord(record: StoredRecord): Record<string, unknown> {
  const shown = Object.assign<Record<string, unknown>, LogRecord>({}, toLogRecord(record, { retentionDays: 0, keyStates: new Map() }));
  Reflect.deleteProperty(shown, 'expiresAt');
  if (shown['apiKey'] !== null) Reflect.deleteProperty(shown['apiKey'], 'currentState');
  return shown;
}
