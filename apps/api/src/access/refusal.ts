import type { Refusal } from '@pinebill/nestjs-audit';
import type { AppError } from '../platform/app-error';
import { typeId } from '../platform/ids';
import { problemDocument, PROBLEM_CONTENT_TYPE, reasonOf, recordedError } from '../platform/problem';

/** An error of ours as the edge answers it: before the body is read, and whether or not a route matches. */
export function refusal(error: AppError, recordId: string): Refusal {
  const body = problemDocument(error, typeId('req', recordId));
  return {
    status: error.status,
    headers: { 'cache-control': 'no-store', ...error.options.headers },
    body,
    contentType: PROBLEM_CONTENT_TYPE,
    reason: reasonOf(error),
    error: recordedError(error, body.detail),
  };
}
