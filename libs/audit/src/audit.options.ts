/** What an application tells the library: `AuditModule.forRoot(options)`. Defaults live in `withDefaults`, called once. */
import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { AuditMode, AuditStore, EdgeRequest, Identity, KnownRoute } from './audit.types';
import { parseNetworks, type Network } from './client-address';
import { anonymous } from './identity';
import { problemDocument } from './protocol-answers';
import { typeIdSuffix } from './request-id';
import { defaultSecretPatterns } from './redact';

/** An error the edge answers by itself, before or without the framework. */
export type EdgeProblem = {
  status: number;
  /** `malformed_request`, `request_timeout`, `headers_too_large`, `uri_too_long`, `expectation_failed`, `method_not_allowed`, `not_implemented`, `recording_unavailable`, `overload`, `internal_error`. */
  code: string;
  /** uuid of the record; the caller sees `requestId(id)`. */
  id: string;
  /** Only of `recording_unavailable`: the handler had begun, so the caller must look before it repeats. */
  mayHaveBeenDone?: boolean;
};

export type AuditOptions = {
  mode?: AuditMode;
  /** Where the journal lies: a directory that survives a restart, locked by this process. */
  directory: string;
  store: AuditStore;
  /** The organization that a request belongs to when it belongs to nobody. Asked at the start, which fails if it does. */
  homeOrganizationId: () => Promise<string> | string;
  /** Who calls. Runs before the body is read, also for unknown routes. Throwing answers 500 and is recorded. Default: everyone is anonymous. */
  identify?: (request: EdgeRequest) => Promise<Identity>;
  /** Requests that leave no record. Only for GET and HEAD of health checks and static files; called with path and query as sent. */
  isUnrecorded?: (method: string, rawTarget: string) => boolean;
  /** What a caller sees of a record's uuid. Default: `req_` + TypeID suffix. */
  requestId?: (id: string) => string;
  /** Body and content type of an answer the edge gives itself. Default: RFC 9457. */
  problem?: (problem: EdgeProblem) => { contentType: string; body: unknown };
  /** Country (ISO 3166-1 alpha-2) of a public address. Default: always null. */
  country?: (ip: string) => string | null;
  /** CIDRs whose `X-Forwarded-For` is believed. Default: none. */
  trustedProxies?: readonly string[];
  /** A path segment or query value that matches is `[redacted]`. Default: common token shapes. */
  secretPatterns?: readonly RegExp[];
  /** Extra facts about a declared route: the query parameters that may be recorded, and metadata for `identify`. */
  describeRoute?: (route: {
    method: string;
    template: string;
    controller: object;
    handler: (...args: never[]) => unknown;
  }) => Pick<KnownRoute, 'recordedQuery' | 'metadata'>;
  /** Told of trouble; never called with a secret. Default: console.error. */
  onError?: (message: string, error: unknown) => void;
  /** How much the journal may hold before requests are refused. Default: 1 GiB. */
  maxJournalBytes?: number;
  /** How long the stop tries to ship what is left; the rest waits in the journal for the next start. Default: 10 s. */
  closeTimeoutMs?: number;
  /**
   * How many requests may be open at once; further ones are answered 503 `overload` and counted in one `gap` record a minute. Requests with a
   * session (a cookie and no `Authorization`) have an eighth more, so that a person can still act. Default: 2,000.
   */
  maxOpenRequests?: number;
  /** How many refusals of one anonymous source leave a row of their own; further ones are counted in one `gap` record a minute. Default: 600. */
  anonymousRefusalsPerMinute?: number;
};

/** The options with nothing left open. */
export type AuditSettings = Required<Omit<AuditOptions, 'maxJournalBytes' | 'closeTimeoutMs' | 'trustedProxies'>> & {
  maxJournalBytes: number | undefined;
  closeTimeoutMs: number | undefined;
  trustedProxies: readonly Network[];
};
export const AUDIT_SETTINGS = Symbol('AuditSettings');

export function withDefaults(options: AuditOptions): AuditSettings {
  const requestId = options.requestId ?? ((id: string) => `req_${typeIdSuffix(id)}`);
  const onError = safeOnError(options.onError ?? ((message, error) => console.error(message, error)));
  const guarded = guardedCallbacks(options, { requestId, onError });
  return {
    mode: 'durable',
    identify: () => Promise.resolve(anonymous),
    isUnrecorded: () => false,
    secretPatterns: defaultSecretPatterns,
    describeRoute: () => ({ recordedQuery: [], metadata: null }),
    maxJournalBytes: undefined,
    closeTimeoutMs: undefined,
    anonymousRefusalsPerMinute: 600,
    maxOpenRequests: 2_000,
    ...options,
    ...guarded,
    onError,
    requestId,
    trustedProxies: parseNetworks(options.trustedProxies ?? []),
  };
}

type OnError = AuditSettings['onError'];

/** Called from the middle of the journal: what it throws must not reach there. */
const safeOnError =
  (given: OnError): OnError =>
  (message, error) => {
    try {
      given(message, error);
    } catch (failure) {
      console.error(message, error, failure);
    }
  };

/** An application's mistake here must not leave a request without its record. */
function guardedCallbacks(
  { problem, country }: AuditOptions,
  { requestId, onError }: Pick<AuditSettings, 'requestId' | 'onError'>,
): Pick<AuditSettings, 'problem' | 'country'> {
  const guard =
    <A extends unknown[], T>(what: string, given: ((...args: A) => T) | undefined, fallback: (...args: A) => T) =>
    (...args: A): T => {
      try {
        return given ? given(...args) : fallback(...args);
      } catch (error) {
        onError(`The application's ${what} failed; a default stands in its place.`, error);
        return fallback(...args);
      }
    };
  return {
    problem: guard('problem()', problem, (each: EdgeProblem) => problemDocument(each, requestId)),
    country: guard('country()', country, () => null),
  };
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<AuditOptions>({ moduleName: 'Audit' })
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: true }, (definition, extras) => ({ ...definition, global: extras.isGlobal }))
  .build();
