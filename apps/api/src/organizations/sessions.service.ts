/** The life of a session: opened with a new token each time, looked at, moved to another organization, ended. */
import { Injectable } from '@nestjs/common';
import { permissionsOf, type Role } from '@pinebill/contract';
import { AuditTrail } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { newId, parseId, typeId } from '../platform/ids';
import type { Account } from './account';
import type { ChooseOrganization, SessionSecondFactor, SessionView } from './organizations.dto';
import { SessionCookie, type Exchange } from './session-cookie';
import { hashSessionToken, newSessionToken, SESSION_ABSOLUTE_MS } from './session-token';

/** Who was let in: everything of an actor that the session does not add itself. */
export type Person = Pick<UserActor, 'id' | 'name' | 'email' | 'role' | 'organizationId' | 'mustChangePassword'>;
export type OpenedSession = { actor: UserActor; token: string; view: SessionView };

type Tried = Pick<Account, 'id' | 'email' | 'organization_id'>;

const MAX_USER_AGENT = 500;

@Injectable()
export class SessionsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly cookie: SessionCookie,
    private readonly trail: AuditTrail,
  ) {}

  /** In the transaction of whoever lets the person in. The token is new each time: one that was planted in a browser leads nowhere. */
  async open(tx: EntityManager, person: Person, { request, via }: Pick<Exchange, 'request'> & { via?: string }): Promise<OpenedSession> {
    const [now, token] = [this.clock.now(), newSessionToken()];
    const mustEnrol = (await secondFactorOf(tx, person)).enrolmentRequired;
    const actor: UserActor = { ...person, type: 'user', sessionId: newId(), mustEnrolSecondFactor: mustEnrol, ...this.origin(request) };
    const replaced = this.cookie.readHash(request);
    if (replaced) await tx.query('select session_end($1, $2)', [replaced, now]);
    await tx.query('select session_open($1, $2, $3, $4, $5, $6, $7, $8)', [
      ...[actor.sessionId, hashSessionToken(token), person.id, person.organizationId, now, new Date(now.getTime() + SESSION_ABSOLUTE_MS)],
      ...[actor.ip, request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null],
    ]);
    await this.activity.record(tx, { actor, action: 'session.started', target: targetOf(actor), after: via ? { via } : null });
    return { actor, token, view: await viewOf(tx, actor) };
  }

  /**
   * What the person proves has changed: this session goes on under another id and token, and the others end. Whoever had got hold of one of
   * them before is out. The caller hands the token over after the commit.
   */
  async renew(tx: EntityManager, { id: userId, organizationId, sessionId }: UserActor): Promise<string> {
    const token = newSessionToken();
    await tx.query('select session_end_for_user($1, $2, $3)', [userId, sessionId, this.clock.now()]);
    const [, renewed] = await tx.query<[unknown[], number]>(
      'update user_session set id = $3, token_hash = $4 where organization_id = $1 and id = $2 and ended_at is null',
      [organizationId, sessionId, newId(), hashSessionToken(token)],
    );
    if (renewed === 0) throw new AppError('no_session'); // ended in the meantime: nothing of it may live on
    return token;
  }

  handOverToken(token: string, { reply }: Pick<Exchange, 'reply'>): void {
    this.cookie.set(reply, token);
  }

  /** After the commit: the answer gets the cookie, the record the person. */
  handOver({ actor, token, view }: OpenedSession, { request, reply }: Exchange): SessionView {
    this.trail.assign(request, { organizationId: actor.organizationId, actor: { type: 'user', id: actor.id, name: actor.name } });
    this.cookie.set(reply, token);
    return view;
  }

  /** Whose record an attempt is. Nobody has proved who they are yet, so the caller stays anonymous. */
  attribute(request: Exchange['request'], organizationId: string): void {
    this.trail.assign(request, { organizationId, actor: { type: 'anonymous', id: null, name: null } });
  }

  /** Where a request comes from, on routes that authenticate nobody. */
  origin(request: Exchange['request']): { ip: string | null; requestId: string | null } {
    return { ip: this.trail.address(request), requestId: this.trail.recordId(request) };
  }

  /** The organization sees who was tried. An account that belongs nowhere is in nobody's activity. */
  async recordFailure(request: Exchange['request'], account: Tried, after: Record<string, unknown> | null = null): Promise<void> {
    const { organization_id: organizationId } = account;
    if (organizationId !== null) await this.tenant.run({ organizationId }, (tx) => this.recordFailureIn(tx, request, { account, after }));
  }

  async recordFailureIn(
    tx: EntityManager,
    request: Exchange['request'],
    { account: { id, email, organization_id: organizationId }, after }: { account: Tried; after: Record<string, unknown> | null },
  ): Promise<void> {
    if (organizationId === null) return;
    const actor = { type: 'system', id: null, name: 'sign-in', organizationId, ...this.origin(request) } as const;
    const target = { type: 'user', id, name: email } as const;
    await this.activity.record(tx, { actor, action: 'session.failed', target, after });
  }

  current(actor: Actor): Promise<SessionView> {
    return this.tenant.run(actor, (tx) => viewOf(tx, asUser(actor)));
  }

  async end(actor: Actor, reply: Exchange['reply']): Promise<void> {
    const user = asUser(actor);
    await this.tenant.run(user, async (tx) => {
      await tx.query('select session_end_one($1, $2, $3)', [user.id, user.sessionId, this.clock.now()]);
      await this.activity.record(tx, { actor, action: 'session.ended', target: targetOf(user) });
    });
    this.cookie.clear(reply);
  }

  /** The session itself moves. No activity entry: it changes what the person looks at, and nothing else. */
  async choose(actor: Actor, { organizationId: text }: ChooseOrganization, request: Exchange['request']): Promise<SessionView> {
    const user = asUser(actor);
    const [organizationId, hash] = [parseId('org', text), this.cookie.readHash(request)];
    if (organizationId === null || hash === null) throw notAMember();
    return this.tenant.run(user, async (tx) => {
      const [row] = await tx.query<{ moved: boolean }[]>('select session_switch($1, $2) as moved', [hash, organizationId]);
      if (row?.moved !== true) throw notAMember();
      return viewOf(tx, { ...user, organizationId });
    });
  }
}

const notAMember = (): AppError =>
  new AppError('resource_not_found', { detail: 'You are not a member of an organization with this id. `GET /v1/session` lists yours.' });

/** Routes without a scope let people in only; the guard has seen to it. */
export function asUser(actor: Actor): UserActor {
  if (actor.type !== 'user') throw new AppError('person_required');
  return actor;
}

const targetOf = (actor: UserActor) => ({ type: 'session', id: actor.sessionId, name: actor.email }) as const;

/** The role is the one in the organization that the session works in now. */
async function viewOf(tx: EntityManager, actor: UserActor): Promise<SessionView> {
  const rows = await tx.query<{ id: string; name: string; role: Role; is_home: boolean }[]>(
    'select id, name, role, id = home_organization() as is_home from organizations_of_user($1)',
    [actor.id],
  );
  const current = rows.find(({ id }) => id === actor.organizationId);
  if (!current) throw new AppError('no_session');
  return {
    user: { id: typeId('usr', actor.id), name: actor.name, email: actor.email, mustChangePassword: actor.mustChangePassword },
    organization: { id: typeId('org', current.id), name: current.name, isHome: current.is_home },
    organizations: rows.map(({ id, name, role }) => ({ id: typeId('org', id), name, role })),
    role: current.role,
    permissions: [...permissionsOf(current.role)],
    secondFactor: await secondFactorOf(tx, { ...actor, role: current.role }),
  };
}

async function secondFactorOf(tx: EntityManager, person: Pick<Person, 'id' | 'organizationId' | 'role'>): Promise<SessionSecondFactor> {
  const [row] = await tx.query<{ enrolled: boolean; required: boolean }[]>(
    'select second_factor_is_on($1) as enrolled, second_factor_required($2) as required',
    [person.id, person.organizationId],
  );
  const { enrolled = false, required = false } = row ?? {};
  return { enrolled, enrolmentRequired: required && person.role === 'admin' && !enrolled };
}
