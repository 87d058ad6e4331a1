/**
 * What somebody who helps needs to know about one failure, and nothing else: an allow-list. No person, no name, no value of a query, no whole address; keys by
 * their id and mask. Bodies, headers and secrets were never recorded.
 */
import { maskedKey } from '@pinebill/contract';
import type { StoredRecord } from '@pinebill/nestjs-audit';
import { typeId, typeIdOrNull } from '../../platform/ids';
import type { LogHelp } from './log-help.dto';
import { namesOnly, networkAround } from './redaction';
import type { SupportBundle } from './support-bundle.dto';

type Parts = { record: StoredRecord; help: LogHelp; failures: readonly StoredRecord[]; madeAt: Date; recordingMode: string };

export function supportBundle({ record, help, failures, madeAt, recordingMode }: Parts): SupportBundle {
  return {
    kind: 'pinebill-support-bundle',
    madeAt: madeAt.toISOString(),
    installation: { recordingMode, node: process.version },
    request: requestOf(record),
    help: helpOf(help),
    sameFailures: failures.map((one) => ({
      requestId: typeId('req', one.id),
      startedAt: one.startedAt,
      durationMs: one.durationMs,
      reason: one.reason,
    })),
  };
}

const helpOf = ({ operation, scope, notFound, retry, failure }: LogHelp): SupportBundle['help'] => ({
  operationId: operation && operation.id,
  neededScope: scope && scope.needed,
  notFound: notFound && notFound.kind,
  retryRespected: retry && retry.respected,
  persists: failure && failure.persists,
});

function requestOf(record: StoredRecord): SupportBundle['request'] {
  const { startedAt, durationMs, method, path, route, status, outcome, reason, error } = record;
  return {
    requestId: typeId('req', record.id),
    ...{ startedAt, durationMs, method, path, route, status, outcome, reason },
    organizationId: typeId('org', record.organizationId),
    query: record.query && namesOnly(record.query),
    caller: {
      type: record.actorType,
      apiKeyId: typeIdOrNull('key', record.apiKeyId),
      masked: record.apiKeyLast4 && maskedKey(record.apiKeyLast4),
      network: networkAround(record.ip),
      userAgent: record.userAgent,
    },
    requestBytes: record.requestBytes,
    responseBytes: record.responseBytes,
    timing: { authMs: record.authMs, handlerMs: record.handlerMs },
    error: error && { code: error.code, detail: error.detail, issues: error.issues },
    traceId: record.traceId,
    clientRequestId: record.clientRequestId,
    marks: record.marks,
  };
}
