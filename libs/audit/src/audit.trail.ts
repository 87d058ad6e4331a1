/** What the application asks of, and adds to, the record of the request it is working on. Takes a raw, a Fastify or an Express request. */
import { Inject, Injectable } from '@nestjs/common';
import { AUDIT_SETTINGS, type AuditSettings } from './audit.options';
import type { Identity, RecordedError } from './audit.types';
import { findDraft } from './draft';
import { anonymous } from './identity';

@Injectable()
export class AuditTrail {
  constructor(@Inject(AUDIT_SETTINGS) private readonly settings: AuditSettings) {}

  /** Whom `identify` named; null for a request that is not recorded. */
  identity(request: unknown): Identity | null {
    return findDraft(request)?.identity ?? null;
  }

  /** What the caller sees as `Request-Id`. */
  requestId(request: unknown): string | null {
    const draft = findDraft(request);
    return draft && this.settings.requestId(draft.edge.id);
  }

  /** uuid of the record. */
  recordId(request: unknown): string | null {
    return findDraft(request)?.edge.id ?? null;
  }

  /** The caller's address by the trusted-proxy rule; null when the socket was gone. */
  address(request: unknown): string | null {
    return findDraft(request)?.edge.ip ?? null;
  }

  /** Why the request did not succeed; kept only when its status says that it did not. */
  describe(request: unknown, facts: { reason?: string; error?: RecordedError; route?: string }): void {
    const draft = findDraft(request);
    if (!draft) return;
    draft.reason = facts.reason ?? draft.reason;
    draft.error = facts.error ?? draft.error;
    draft.route = facts.route ?? draft.route;
  }

  /** Whose record it is, when the handler found out (a sign-in names the account). */
  assign(request: unknown, whose: Pick<Identity, 'organizationId' | 'actor'>): void {
    const draft = findDraft(request);
    if (draft) draft.identity = { ...(draft.identity ?? anonymous), ...whose };
  }
}
