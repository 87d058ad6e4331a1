/** The session cookie: one look-up a request, so a session that was ended anywhere is dead everywhere. */
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Role } from '@pinebill/contract';
import { anonymous, type EdgeRequest, type Identity } from '@pinebill/nestjs-audit';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config';
import { hashSessionToken, readSessionToken, SESSION_IDLE_MS } from '../organizations';
import type { RouteAccess, UserActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { withDeadline } from '../platform/deadline';
import { setActor } from '../platform/request-context';
import { limitHeaders, limitsOfSession, rateLimited, RateLimits, reserveOfSession, type Verdict } from '../rate-limits';
import { refusal } from './refusal';
import { SessionLooks } from './session-looks';

const TOUCH_MS = 60_000;
/** A look-up is one index probe: longer than this, the database hangs. */
const VERDICT_MS = 5_000;

export type SessionRow = {
  session_id: string;
  user_id: string;
  organization_id: string;
  email: string;
  name: string;
  must_change_password: boolean;
  must_enrol: boolean;
  role: Role;
  last_seen_at: Date;
  expires_at: Date;
};

@Injectable()
export class PersonAuthentication {
  private readonly logger = new Logger('Sessions');
  private readonly https: boolean;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly limits: RateLimits,
    private readonly looks: SessionLooks,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    this.https = config.publicUrl?.startsWith('https:') ?? false;
  }

  hasCookie(edge: Pick<EdgeRequest, 'headers'>): boolean {
    return readSessionToken(edge.headers.cookie, this.https) !== null;
  }

  /** Null: no cookie, or one of a session that has ended. */
  async identify(edge: EdgeRequest): Promise<Identity | null> {
    const token = readSessionToken(edge.headers.cookie, this.https);
    if (token === null) return null;
    const hash = hashSessionToken(token);
    const [session] = await withDeadline(this.db.query<SessionRow[]>('select * from session_by_hash($1)', [hash]), VERDICT_MS);
    const now = this.clock.now();
    if (!session || hasEnded(session, now)) return null;
    if (now.getTime() - session.last_seen_at.getTime() > TOUCH_MS) this.touch(hash, now);
    return this.admit(edge, session);
  }

  private async admit(edge: EdgeRequest, session: SessionRow): Promise<Identity> {
    const { user_id: id, name, organization_id: organizationId } = session;
    const identity: Identity = { ...anonymous, organizationId, actor: { type: 'user', id, name } };
    const verdict = await this.take(edge, session.session_id);
    const responseHeaders = limitHeaders(verdict);
    const limited = rateLimited(verdict);
    if (limited) return { ...identity, responseHeaders, refusal: refusal(limited, edge.id) };
    setActor(edge.raw, { ...personOf(session), ip: edge.ip, requestId: edge.id });
    return { ...identity, responseHeaders };
  }

  /** Who a request that was let in belongs to by now; null: nobody any more. Uses up no limit. */
  async again({ headers: { cookie } }: Pick<EdgeRequest, 'headers'>): Promise<Omit<UserActor, 'ip' | 'requestId'> | null> {
    const token = readSessionToken(cookie, this.https);
    const session = token === null ? null : await this.looks.find(hashSessionToken(token));
    return !session || hasEnded(session, this.clock.now()) ? null : personOf(session);
  }

  /** A tab that has run wild uses up the session of all tabs of its browser: what must not wait has a reserve. */
  private async take({ route }: EdgeRequest, sessionId: string): Promise<Verdict> {
    const verdict = await this.limits.take(limitsOfSession(sessionId));
    return verdict.isAdmitted || !mayNotWait(route) ? verdict : this.limits.take(reserveOfSession(sessionId));
  }

  /** At most once a minute, and nobody waits for it. */
  private touch(hash: Buffer, now: Date): void {
    this.db
      .query('select session_seen($1, $2)', [hash, now])
      .catch((error: unknown) => this.logger.warn('A session could not be marked as seen', error));
  }
}

const hasEnded = ({ expires_at, last_seen_at }: SessionRow, now: Date): boolean =>
  expires_at <= now || now.getTime() - last_seen_at.getTime() > SESSION_IDLE_MS;

const personOf = (session: SessionRow): Omit<UserActor, 'ip' | 'requestId'> => ({
  type: 'user',
  id: session.user_id,
  name: session.name,
  email: session.email,
  role: session.role,
  sessionId: session.session_id,
  mustChangePassword: session.must_change_password,
  mustEnrolSecondFactor: session.must_enrol,
  organizationId: session.organization_id,
});

const mayNotWait = (route: EdgeRequest['route']): boolean => (route?.metadata as RouteAccess | null | undefined)?.mayNotWait === true; // as recording.ts describes routes
