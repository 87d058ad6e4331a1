/** A record that is still being written: what the edge saw, what `identify` said, what the framework added. */
import type { IncomingMessage } from 'node:http';
import type { ArrivedRequest } from './arrived-request';
import type { AuditRecord, Identity, KnownRoute, Outcome, RecordedError } from './audit.types';

/** The route whose handler ran. */
export type MatchedRoute = { route: KnownRoute; secretSegments: ReadonlySet<number> };

export class Draft {
  /** `performance.now()` at arrival: durations must not follow the wall clock. */
  readonly arrivedAt = performance.now();
  identity: Identity | null = null;
  matched: MatchedRoute | null = null;
  /** In the place of the template that the path leads to, where somebody knows better. */
  route: string | null = null;
  reason: string | null = null;
  error: RecordedError | null = null;
  authMs: number | null = null;
  handlerStartedAt: number | null = null;
  handlerMs: number | null = null;
  /** Bytes of the body that were read, after transfer encoding. */
  requestBytes = 0;

  constructor(readonly edge: ArrivedRequest) {
    (edge.raw as Carrier)[DRAFT] = this;
  }
}

/** On the request itself: a map beside it would have to be looked up, and collected, for every request. */
const DRAFT = Symbol('draft');
type Carrier = { [DRAFT]?: Draft };

/** Fastify's and Express's requests stand around the raw one. */
export const rawRequest = (request: unknown): IncomingMessage => (request as { raw?: IncomingMessage }).raw ?? (request as IncomingMessage);

export const findDraft = (request: unknown): Draft | null => (rawRequest(request) as Carrier)[DRAFT] ?? null;

export type Ending = Pick<AuditRecord, 'outcome' | 'status' | 'durationMs' | 'responseBytes'>;

/** What the row of a request says until its end is known. */
export const notEnded: Ending = { outcome: 'unknown', status: null, durationMs: null, responseBytes: null };

/** The end of a request, as of now. */
export const ended = (draft: Draft, outcome: Outcome, status: number, responseBytes: number): Ending => ({
  outcome,
  status,
  durationMs: performance.now() - draft.arrivedAt,
  responseBytes,
});
