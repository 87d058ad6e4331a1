/** What the engine reads of one record of the log. Everything in it may have been chosen by a caller: whatever is kept of it is bounded. */
export type Call = {
  /** As samples carry it. Opaque. */
  id: string;
  /** The organization's own order; the engine is given calls in this order. */
  sequence: number;
  /**
   * When the request began, in ms since 1970. May run backwards by some minutes (several processes record), must not lie after the `untilMs`
   * of the step it belongs to: a host whose clock is ahead is put right by the runner.
   */
  at: number;
  /** What the clock of its host said, where that is ahead and `at` was put right. For pauses between calls of one host, and nothing else. */
  saidAt?: number;
  actor: 'apiKey' | 'user' | 'anonymous';
  /** The subject of findings and the value of filters, so written as the filter grammar wants it (`key_...`). Also of keys that have ended. */
  keyId: string | null;
  keyFingerprint: string | null;
  userId: string | null;
  method: string | null;
  path: string | null;
  /** Template, with braces. */
  route: string | null;
  status: number | null;
  reason: string | null;
  ip: string | null;
  /** ISO 3166-1 alpha-2, in capitals. */
  country: string | null;
  userAgent: string | null;
  requestBytes: number | null;
  responseBytes: number | null;
  durationMs: number | null;
  /** What a 429 told the caller to wait. */
  retryAfterS: number | null;
  /** Of a 400 or 422: pointer and rule of the first issue, or the reason where there is none. Never a value. */
  cause: string | null;
};
