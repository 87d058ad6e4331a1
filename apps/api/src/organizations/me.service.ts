/** What a person changes about themselves: name, password, where they are signed in. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding, type CursorPosition } from '../platform/cursor';
import { requireId, typeId } from '../platform/ids';
import { invalidField, readLimit, readQuery, readText } from '../platform/query';
import type { ChangeMe, ChangePassword, OwnSession, OwnSessionPage, SessionUser } from './organizations.dto';
import { Passwords } from './passwords';
import { lockPerson } from './person-lock';
import { SESSION_IDLE_MS } from './session-token';
import { asUser } from './sessions.service';

type SessionRow = {
  id: string;
  organization_id: string;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
  ip: string | null;
  user_agent: string | null;
};

@Injectable()
export class MeService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly passwords: Passwords,
  ) {}

  change(actor: Actor, { name }: ChangeMe): Promise<SessionUser> {
    const user = asUser(actor);
    return this.tenant.run(user, async (tx) => {
      if (name !== undefined && name !== user.name) {
        await tx.query('update app_user set name = $2 where id = $1', [user.id, name]);
        const [before, after] = [{ name: user.name }, { name }];
        await this.activity.record(tx, { actor, action: 'profile.updated', target: targetOf(user), before, after });
      }
      return { id: typeId('usr', user.id), name: name ?? user.name, email: user.email, mustChangePassword: user.mustChangePassword };
    });
  }

  /** Ends every other session, and every link for a new password: whoever knew the old one is out. */
  async changePassword(actor: Actor, { currentPassword, newPassword }: ChangePassword): Promise<void> {
    const user = asUser(actor);
    const knownHash = await this.tenant.run(user, (tx) => passwordHash(tx, user));
    const right = await this.passwords.matches(currentPassword, { email: user.email, ip: user.ip, knownHash });
    if (!right) throw notTheCurrent();
    if (newPassword === currentPassword)
      throw invalidField({ pointer: '/newPassword', rule: 'different', expected: 'a password other than the current one' });
    // Hashed before the transaction: a connection is not kept waiting for it.
    const newHash = await this.passwords.hash(newPassword);
    await this.tenant.run(user, async (tx) => {
      // First, as whoever uses a link does: both would wait for each other otherwise.
      await lockPerson(tx, user.id);
      // Whoever holds one of them is out as well.
      await tx.query('select password_reset_end_for_user($1, $2)', [user.id, this.clock.now()]);
      const [, changed] = await tx.query<[unknown[], number]>(
        'update app_user set password_hash = $2, must_change_password = false where id = $1 and password_hash = $3',
        [user.id, newHash, knownHash],
      );
      if (changed === 0) throw notTheCurrent();
      await tx.query('select session_end_for_user($1, $2, $3)', [user.id, user.sessionId, this.clock.now()]);
      await this.activity.record(tx, { actor, action: 'password.changed', target: targetOf(user) });
    });
  }

  /** In every organization. Newest first. */
  listSessions(actor: Actor, parameters: unknown): Promise<OwnSessionPage> {
    const [user, query, now] = [asUser(actor), readQuery(parameters, ['limit', 'cursor']), this.clock.now()];
    const [limit, cursor] = [readLimit(query), readText(query, 'cursor')];
    const binding: CursorBinding = { list: 'sessions', organizationId: user.organizationId, order: 'desc', filter: { user: user.id } };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(user, async (tx) => {
      const rows = await tx.query<SessionRow[]>(
        'select id, organization_id, created_at, last_seen_at, expires_at, host(ip) as ip, user_agent from sessions_of_user($1)',
        [user.id],
      );
      const page = rows
        .filter((row) => isAlive(row, now))
        .sort(newestFirst)
        .filter((row) => after === null || newestFirst(row, { created_at: after.at, id: after.id }) > 0);
      return pageOf(page, limit, {
        binding,
        at: (row): CursorPosition => ({ at: row.created_at, id: row.id }),
        view: (row) => toView(row, user),
      });
    });
  }

  async endSession(actor: Actor, id: string): Promise<void> {
    const [user, uuid] = [asUser(actor), requireId('ses', id)];
    await this.tenant.run(user, async (tx) => {
      const [row] = await tx.query<{ ended: boolean }[]>('select session_end_one($1, $2, $3) as ended', [user.id, uuid, this.clock.now()]);
      if (row?.ended !== true) throw new AppError('resource_not_found');
      // Beside the other `session.ended`, of signing out: from where it was ended.
      const after = { endedFrom: user.sessionId === uuid ? 'itself' : 'another session' };
      await this.activity.record(tx, { actor, action: 'session.ended', target: { type: 'session', id: uuid, name: user.email }, after });
    });
  }
}

const targetOf = ({ id, email }: UserActor) => ({ type: 'user', id, name: email }) as const;

/** Not 401: the session is fine, and a client would take it for ended. */
const notTheCurrent = (): AppError =>
  new AppError('invalid_field', {
    detail: 'The current password is not right. Type the one that you signed in with.',
    issues: [{ pointer: '/currentPassword', rule: 'password', expected: 'the current password' }],
  });

async function passwordHash(tx: EntityManager, { id }: UserActor): Promise<string | null> {
  const [row] = await tx.query<{ password_hash: string }[]>('select password_hash from app_user where id = $1', [id]);
  return row?.password_hash ?? null;
}

const isAlive = ({ last_seen_at, expires_at }: SessionRow, now: Date): boolean =>
  expires_at > now && last_seen_at.getTime() + SESSION_IDLE_MS > now.getTime();

type Place = Pick<SessionRow, 'created_at' | 'id'>;
const newestFirst = (a: Place, b: Place): number =>
  b.created_at.getTime() - a.created_at.getTime() || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

function toView(row: SessionRow, user: UserActor): OwnSession {
  return {
    id: typeId('ses', row.id),
    current: row.id === user.sessionId,
    organizationId: typeId('org', row.organization_id),
    createdAt: row.created_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    ip: row.ip,
    userAgent: row.user_agent,
  };
}
