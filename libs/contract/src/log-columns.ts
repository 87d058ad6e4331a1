/** The columns of an exported log, in the order of the file: what the API writes and what the console offers. */
export const logColumnNames = [
  'id', 'requestId', 'startedAt', 'sequence', 'kind', 'method', 'path', 'query', 'route', 'status', 'outcome', 'reason', 'durationMs', 'actorType', 'actorId',
  'actorName', 'apiKeyId', 'apiKeyName', 'apiKeyMasked', 'apiKeyState', 'keyFingerprint', 'service', 'team', 'environment', 'ip', 'country', 'userAgent',
  'requestBytes', 'responseBytes', 'authMs', 'handlerMs', 'clientRequestId', 'traceId', 'error', 'marks', 'gap',
] as const; // prettier-ignore
export type LogColumnName = (typeof logColumnNames)[number];
