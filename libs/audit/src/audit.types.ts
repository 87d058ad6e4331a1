/** The words of the library: what the edge sees, what the application answers about a caller, and the record that is kept. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export type Outcome = 'completed' | 'aborted' | 'unknown' | 'protocolError';
export type RecordKind = 'request' | 'gap' | 'mode';
export type Mark = 'sanitized' | 'truncated' | 'redacted';
export type ActorType = 'apiKey' | 'user' | 'anonymous' | 'system';

/** A field that was wrong. Never carries the value. */
export type RecordedIssue = { pointer: string; rule: string; expected: string };
export type RecordedError = {
  code: string;
  detail: string | null;
  issues: RecordedIssue[];
  /** What else the application knows of the cause: few, short, and never what a caller sent. */
  figures?: Readonly<Record<string, string | number>>;
};

/** A route the server knows, as it was declared. */
export type KnownRoute = {
  /** With braces: `/v1/invoices/{id}`. */
  template: string;
  method: string;
  /** Query parameters whose values may be recorded; every other value is `[redacted]`. */
  recordedQuery: readonly string[];
  /** Whatever the application wants to find again (its access rule, for instance). */
  metadata: unknown;
};

/** What is known of a request before any of its body was read and before the framework saw it. */
export type EdgeRequest = {
  /** The uuid of the record, version 7; the id a caller sees is made from it. */
  id: string;
  startedAt: Date;
  method: string;
  /** Path as sent, without the query; not decoded, not redacted. */
  rawPath: string;
  rawQuery: string | null;
  headers: IncomingHttpHeaders;
  /** The caller's address by the trusted-proxy rule; null when the socket was gone. */
  ip: string | null;
  /** The other end of the socket. */
  peerIp: string | null;
  /** The route this method and path lead to, or null. */
  route: KnownRoute | null;
  /** Methods that the path does take; empty when no route has this path. */
  allowedMethods: readonly string[];
  raw: IncomingMessage;
};

/** The names of the moment: they stay in the record as they are now. */
export type Identity = {
  /** Whose record it is; null: nobody's, so it goes to the installation's home organization. */
  organizationId: string | null;
  actor: { type: ActorType; id: string | null; name: string | null };
  apiKey: { id: string; name: string; last4: string; state: string } | null;
  /** Keyed hash of a presented key that is not known, 12 hexadecimal characters. */
  keyFingerprint: string | null;
  service: string | null;
  team: string | null;
  environment: string | null;
  /** Set on the answer, whatever it is (rate-limit headers, for instance). */
  responseHeaders: Readonly<Record<string, string>>;
  /** Refuse now, before the body is read and whether or not a route matches. */
  refusal: Refusal | null;
  /** For the application's own use, read back with `trail.identity(request)`. */
  context: unknown;
};

export type Refusal = {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Serialised to JSON. */
  body: unknown;
  contentType: string;
  /** Kept in the record, never sent. */
  reason: string;
  error: RecordedError;
};

/** One row of the log. Times in UTC, durations in milliseconds, sizes in bytes. */
export type AuditRecord = {
  id: string;
  organizationId: string;
  kind: RecordKind;
  /** ISO 8601 with milliseconds, UTC. */
  startedAt: string;
  durationMs: number | null;
  clientRequestId: string | null;
  method: string | null;
  path: string | null;
  query: Record<string, string | string[]> | null;
  route: string | null;
  status: number | null;
  outcome: Outcome;
  reason: string | null;
  actorType: ActorType;
  actorId: string | null;
  actorName: string | null;
  apiKeyId: string | null;
  apiKeyName: string | null;
  apiKeyLast4: string | null;
  apiKeyState: string | null;
  keyFingerprint: string | null;
  service: string | null;
  team: string | null;
  environment: string | null;
  ip: string | null;
  peerIp: string | null;
  country: string | null;
  userAgent: string | null;
  requestBytes: number | null;
  responseBytes: number | null;
  authMs: number | null;
  handlerMs: number | null;
  error: RecordedError | null;
  traceId: string | null;
  marks: Mark[];
  /** Only of kind `gap`: what is missing. `count` null: only `atMost` is known. */
  gap: { from: string; to: string; count: number | null; atMost: number; cause: string } | null;
};

/** A row as it is read back: the record and its place in the organization's gapless sequence. */
export type StoredRecord = AuditRecord & { sequence: number };

/** Anything that runs SQL: a pg client, a TypeORM manager's query runner. Rows come back as plain objects. */
export interface Queryable {
  query(sql: string, parameters?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/**
 * How sure a record is before its answer leaves.
 * `durable`: flushed to the local journal. `committed`: PostgreSQL has committed. `async`: not waited for.
 */
export const auditModes = ['durable', 'committed', 'async'] as const;
export type AuditMode = (typeof auditModes)[number];

/** Where records end up. */
export interface AuditStore {
  /**
   * Persist the whole batch or throw. Called again after a failure, perhaps with another cut: entries at or below the journal's watermark
   * are skipped, so each is stored once. Resolves when committed, with the ids of records that were there already from elsewhere and stay as they are.
   */
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a store with nothing to tell is written as `async append() { ... }`
  append(batch: AuditBatch): Promise<readonly string[] | void>;
  /** The last offset of this journal that is stored, or null when it was never seen. */
  watermark(journalId: string): Promise<bigint | null>;
  /** Keep one record that the store refuses, with the error, and set the watermark to its offset. Without it the record is dropped and counted. */
  quarantine?(journalId: string, entry: AuditBatch['entries'][number], error: BadRecordError): Promise<void>;
  /**
   * Says that the process of this journal lives, and what the journal still holds; `stopped` with the last one, when it ends in good order. May be called
   * as often as wanted; the last call counts. Times are taken from the store's clock.
   */
  heartbeat?(journal: JournalNotice): Promise<void>;
  /** All journals whose process lives, or that may hold records which are not stored: not stopped in good order, or stopped with entries left. */
  journals?(): Promise<JournalState[]>;
  /**
   * For mode `committed`: requests begin. Resolves when all of them are committed; may be called again for the same records after a
   * failure. `append` of a record with such an id removes it in its transaction.
   */
  intend?(journalId: string, records: readonly AuditRecord[]): Promise<void>;
  /** The request will have no row of its own. Does nothing where there is no intent. */
  withdrawIntent?(record: AuditRecord): Promise<void>;
  /**
   * Intents of this journal (its process has died, for its directory is ours), or of journals whose last heartbeat is longer ago or that never had one,
   * become rows of outcome `unknown`. Safe when several processes do it at
   * once: each intent becomes one row, and none where its row is there already. Returns how many rows were made. A process that was only slow, and stores
   * its record afterwards, finds the row there: it stays `unknown`.
   */
  adoptIntents?(of: AbandonedBy): Promise<number>;
  /** Called once by the writer, after its last call. */
  close?(): Promise<void>;
}
export const AuditStore = Symbol('AuditStore');

/** Whose intents nobody will end. */
export type AbandonedBy = { unseenForSeconds: number } | { journalId: string };

export type AuditBatch = {
  journalId: string;
  /** In journal order, each with the offset just after its last entry. */
  entries: readonly { offset: bigint; record: AuditRecord }[];
  /** The watermark to set with them; also when `entries` is empty. */
  upTo: bigint;
};

/** A process and its journal. */
export type JournalNotice = {
  journalId: string;
  host: string;
  pid: number;
  directory: string;
  startedAt: Date;
  /** Entries that are not stored yet. */
  pendingEntries: number;
  journalBytes: number;
  /** True in the last notice of a process that ends in good order. */
  stopped: boolean;
};
export type JournalState = Omit<JournalNotice, 'stopped'> & {
  seenAt: Date;
  /** By the store's clock. */
  secondsSinceSeen: number;
  stoppedAt: Date | null;
};

/** Thrown by `append` when a record is at fault, not the store: trying again cannot help, trying fewer at a time finds the record. */
export class BadRecordError extends Error {
  override readonly name = 'BadRecordError';
}
