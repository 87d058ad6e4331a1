import { errors, type ErrorCode, type FieldIssue, type Reason } from '@pinebill/contract';

export type AppErrorOptions = {
  /** One sentence for the caller: what happened and what to do. Never a secret, never a value that was sent. */
  detail?: string;
  /** Goes to the record, never to the caller. Defaults to the code. */
  reason?: Reason;
  issues?: FieldIssue[];
  headers?: Record<string, string>;
  /** Members added to the problem document (RFC 9457, section 3.2). */
  extensions?: Record<string, unknown>;
  /** Go to the record beside the reason: numbers and words of ours, few and short. */
  figures?: Readonly<Record<string, string | number>>;
  /** Whether the work was done is not known, so nobody is told to repeat it: a 503 without Retry-After. */
  outcomeUnknown?: boolean;
  cause?: unknown;
};

/** The only error that code of ours throws on purpose; problem.filter.ts renders it. */
export class AppError extends Error {
  readonly status: number;
  constructor(
    readonly code: ErrorCode,
    readonly options: AppErrorOptions = {},
  ) {
    super(options.detail ?? errors[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = errors[code].status;
  }
}
