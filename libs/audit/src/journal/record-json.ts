/**
 * A record as the journal's JSON. Written by hand because every request passes here twice at most: half of a record's fields are null, and
 * leaving them out halves the bytes that are checked, written and flushed; `readRecord` puts them back.
 */
import type { AuditRecord } from '../audit.types';
import { blank } from '../blank-record';

/** Text that JSON writes as it is. */
const plain = /^[ !#-[\]-~]*$/;
const quote = (value: string): string => (plain.test(value) ? `"${value}"` : JSON.stringify(value));

// Names and values that are never null come with their comma; what is null leaves nothing.
const text = (name: string, value: string | null): string => (value === null ? '' : `,"${name}":${quote(value)}`);
const number = (name: string, value: number | null): string => (value === null ? '' : `,"${name}":${JSON.stringify(value)}`);
const whole = (name: string, value: object | null): string => (value === null ? '' : `,"${name}":${JSON.stringify(value)}`);

export function recordJson(record: AuditRecord): string {
  return `{"id":${quote(record.id)}${request(record)}${caller(record)}${ending(record)}${rest(record)}}`;
}

const request = (record: AuditRecord): string =>
  text('organizationId', record.organizationId) +
  text('kind', record.kind) +
  text('startedAt', record.startedAt) +
  text('clientRequestId', record.clientRequestId) +
  text('method', record.method) +
  text('path', record.path) +
  whole('query', record.query) +
  text('route', record.route) +
  text('ip', record.ip) +
  text('peerIp', record.peerIp) +
  text('country', record.country) +
  text('userAgent', record.userAgent) +
  text('traceId', record.traceId);

const caller = (record: AuditRecord): string =>
  text('actorType', record.actorType) +
  text('actorId', record.actorId) +
  text('actorName', record.actorName) +
  text('apiKeyId', record.apiKeyId) +
  text('apiKeyName', record.apiKeyName) +
  text('apiKeyLast4', record.apiKeyLast4) +
  text('apiKeyState', record.apiKeyState) +
  text('keyFingerprint', record.keyFingerprint) +
  text('service', record.service) +
  text('team', record.team) +
  text('environment', record.environment);

const ending = (record: AuditRecord): string =>
  text('outcome', record.outcome) +
  number('status', record.status) +
  text('reason', record.reason) +
  number('durationMs', record.durationMs) +
  number('authMs', record.authMs) +
  number('handlerMs', record.handlerMs) +
  number('requestBytes', record.requestBytes) +
  number('responseBytes', record.responseBytes);

const rest = (record: AuditRecord): string =>
  whole('error', record.error) + (record.marks.length === 0 ? '' : whole('marks', record.marks)) + whole('gap', record.gap);

/** Of a parsed entry: what was left out is null again. */
export const readRecord = (value: object): AuditRecord => Object.assign({ ...blank, marks: [] }, value as AuditRecord);
