/** Any error becomes one of the catalogue, and that one problem document (RFC 9457). */
import { HttpException } from '@nestjs/common';
import { errors, type ErrorCode, type Reason } from '@pinebill/contract';
import type { RecordedError } from '@pinebill/nestjs-audit';
import { AppError } from './app-error';
import { codeOf } from './start-error';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

export type ProblemDocument = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  requestId: string | null;
} & Record<string, unknown>;

export function problemDocument(error: AppError, requestId: string | null): ProblemDocument {
  const { title, status } = errors[error.code];
  const { issues, extensions } = error.options;
  return {
    type: `urn:pinebill:problem:${error.code}`,
    title,
    status,
    detail: error.options.detail ?? `${title}.`,
    code: error.code,
    requestId,
    ...(issues ? { issues } : {}),
    ...extensions,
  };
}

/** What the record keeps of it; `detail` as it was answered. */
export function recordedError({ code, options: { issues, figures } }: AppError, detail: string): RecordedError {
  return { code, detail, issues: issues ?? [], ...(figures ? { figures } : {}) };
}

/** What the edge answers by itself, before or without the framework. */
const edgeDetails: Partial<Record<ErrorCode, string>> = {
  malformed_request: 'The request is not valid HTTP/1.1. Check the request line, the Host header and the length of the body.',
  request_timeout: 'The request did not arrive in time. Send it again on a better connection.',
  headers_too_large: 'Address and headers together are larger than 32 KiB. Shorten them.',
  uri_too_long: 'The address is too long. Shorten it.',
  expectation_failed: 'Only "Expect: 100-continue" can be met. Leave the header out.',
  method_not_allowed: 'The endpoint does not take this method.',
  not_implemented: 'The method is not known here.',
  recording_unavailable:
    'Every request is recorded before it is answered, and that is not possible right now. Nothing was done; try again in a few seconds.',
  overload: 'Too many requests are open. Nothing was done; try again in a few seconds.',
};

const perhapsDone =
  'The request was begun, and what became of it could not be recorded: whether it took effect is not known. Look before you repeat it; with an Idempotency-Key it is safe to repeat.';

export function edgeProblem(code: string, requestId: string, mayHaveBeenDone = false): ProblemDocument {
  const known: ErrorCode = code in errors ? (code as ErrorCode) : 'internal_error';
  const detail = mayHaveBeenDone ? perhapsDone : edgeDetails[known];
  return problemDocument(new AppError(known, detail === undefined ? {} : { detail }), requestId);
}

/** What the record of an answer of the edge says. */
export const edgeReason = (code: string): string => (code in errors ? reasonOf(new AppError(code as ErrorCode)) : 'handler_error');

/** Why, for the record: what the thrower said, else the code where it is a reason as well. */
const reasonOfCode: Partial<Record<ErrorCode, Reason>> = {
  internal_error: 'handler_error',
  insufficient_role: 'role',
  recording_unavailable: 'journal_full',
  authentication_unavailable: 'key_unverifiable',
};
export const reasonOf = (error: AppError): string => error.options.reason ?? reasonOfCode[error.code] ?? error.code;

const byFastifyCode: Record<string, { code: ErrorCode; detail: string }> = {
  FST_ERR_CTP_INVALID_JSON_BODY: {
    code: 'malformed_json',
    detail: 'The body is not valid JSON. Check quotes, commas and brackets, and that it was sent whole.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: 'malformed_json',
    detail: 'The content type says JSON, but the body is empty. Send a JSON object, or leave the content type out.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'payload_too_large', detail: 'The body is larger than 1 MiB. Send less in one request.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'malformed_request',
    detail: 'The body is not as long as Content-Length says. Send the right length, or none.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'unsupported_media_type', detail: 'Send the body as application/json.' },
  FST_ERR_BAD_URL: { code: 'malformed_request', detail: 'The path holds a percent sign that starts no valid escape. Encode "%" as "%25".' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'uri_too_long', detail: 'A segment of the path is longer than any id. Check the address.' },
};

const byStatus: Record<number, ErrorCode> = {
  400: 'malformed_request',
  401: 'invalid_api_key',
  403: 'insufficient_role',
  404: 'route_not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  417: 'expectation_failed',
  429: 'rate_limited',
  431: 'headers_too_large',
  501: 'not_implemented',
  502: 'upstream_error',
  503: 'overload',
  504: 'upstream_timeout',
};

/**
 * What PostgreSQL's driver and the network say when the database is away, or has no room for us now: classes 08, 53, 57P0x, a statement that
 * ran out of time, a standby that takes no writes, a deadlock or conflict that we lost, socket errors.
 */
const awayCodes =
  /^(08\w{3}|53\w{3}|57P0[1-5]|57014|25006|40001|40P01|55P03|ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/;
const awayMessages =
  // The last one is TypeORM's, when the connection was cut between two statements of a transaction.
  /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end|[Qq]uery runner (?:was )?already released/;

type Coded = { code?: unknown; statusCode?: unknown; driverError?: unknown };

export function isDatabaseAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { message, driverError } = error as Coded & { message?: unknown };
  if (awayCodes.test(codeOf(error) ?? '')) return true;
  return (typeof message === 'string' && awayMessages.test(message)) || isDatabaseAway(driverError);
}

/** A statement that ran out of time: the database is there, but what was asked for is much, or it is slow. */
export const tookTooLong = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && (codeOf(error) === '57014' || tookTooLong((error as Coded).driverError));

const codeAt = (error: unknown): string =>
  typeof error === 'object' && error !== null ? (codeOf(error) ?? codeAt((error as Coded).driverError)) : '';

/** It waited for somebody else's lock for too long, or lost a deadlock or a conflict: nothing was wrong with what it did. */
export const lostToOthers = (error: unknown): boolean => /^(55P03|40P01|40001)$/.test(codeAt(error));

/** Nobody has a database now. False where only what was asked for failed: whoever works for many goes on with the others then, and says so of the one. */
export const isAwayForAll = (error: unknown): boolean => isDatabaseAway(error) && !tookTooLong(error) && !lostToOthers(error);

function ofFramework(error: Error): AppError | null {
  const cause = error.cause instanceof Error ? error.cause : error;
  const { code, statusCode } = cause as Coded;
  const known = typeof code === 'string' ? byFastifyCode[code] : undefined;
  if (known) return new AppError(known.code, { detail: known.detail, cause: error });
  // secure-json-parse, the body parser behind Fastify, refuses __proto__ and constructor with a plain SyntaxError.
  if (cause instanceof SyntaxError && statusCode === 400) return new AppError('malformed_json', { cause: error });
  return null;
}

function ofStatus(error: Error): AppError | null {
  const status = error instanceof HttpException ? error.getStatus() : (error as Coded).statusCode;
  const code = typeof status === 'number' ? byStatus[status] : undefined;
  return code ? new AppError(code, { cause: error }) : null;
}

export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isDatabaseAway(error)) {
    const detail = tookTooLong(error)
      ? 'The database needed longer for this than it may. Nothing was changed. Try again in a few seconds. Ask for less at a time if it comes again: a shorter period, say.'
      : 'The database cannot be reached right now. Nothing was changed; try again in a few seconds.';
    return new AppError('database_unavailable', { detail, headers: { 'retry-after': '2' }, cause: error });
  }
  const known = error instanceof Error ? (ofFramework(error) ?? ofStatus(error)) : null;
  return known ?? new AppError('internal_error', { detail: 'Something failed on our side. Give the request id to support.', cause: error });
}
