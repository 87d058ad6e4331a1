/** The link that lets its holder choose a new password: for an hour, once. Only the SHA-256 of the token at its end is stored. */
import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { newId } from '../platform/ids';

const LINK_MS = 3_600_000;

type Link = { id: string; organization_id: string; user_id: string; email: string; expires_at: Date; used_at: Date | null };
export type NewLink = { token: string; expiresAt: Date };

/** The fragment stays in the browser: the token is in no server's log. */
export const resetUrl = (origin: string, token: string): string => `${origin}/#/reset-password/${token}`;

@Injectable()
export class PasswordLinks {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  /** In the transaction of whoever makes it. Earlier ones stay good: their mail may arrive later. */
  async make(
    tx: EntityManager,
    { organizationId, userId, madeBy }: { organizationId: string; userId: string; madeBy: string | null },
  ): Promise<NewLink> {
    const [now, token] = [this.clock.now(), randomBytes(32).toString('base64url')];
    const expiresAt = new Date(now.getTime() + LINK_MS);
    await tx.query(
      `insert into password_reset (organization_id, id, user_id, token_hash, made_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
      [organizationId, newId(), userId, hashOf(token), madeBy, now, expiresAt],
    );
    return { token, expiresAt };
  }

  /** Throws 404 when there never was one, 410 when it can no longer be used. */
  async get(token: string): Promise<Link> {
    const [link] = await this.db.query<Link[]>('select * from password_reset_by_hash($1)', [hashOf(token)]);
    if (!link) throw new AppError('resource_not_found', { detail: 'There is no such link. Check that it is complete.' });
    if (link.used_at !== null || link.expires_at <= this.clock.now()) throw over();
    return link;
  }

  /** Uses it up, with all others of the person, in the transaction of the new password. Of many at once one gets it. */
  async use(tx: EntityManager, token: string): Promise<void> {
    await refuseElsewhere(tx, token);
    const [row] = await tx.query<{ used: boolean }[]>('select password_reset_use($1, $2) as used', [hashOf(token), this.clock.now()]);
    if (row?.used !== true) throw over();
  }
}

/** An admin has seen the link, where no mail is sent. Since it was made the person may have joined another organization, which is none of the admin's. */
async function refuseElsewhere(tx: EntityManager, token: string): Promise<void> {
  const [row] = await tx.query<{ elsewhere: boolean }[]>(
    'select made_by is not null and memberships_of_user(user_id) > 1 as elsewhere from password_reset where token_hash = $1',
    [hashOf(token)],
  );
  if (row?.elsewhere !== true) return;
  throw new AppError('reset_link_over', {
    detail:
      'You belong to another organization by now, so the link of an admin no longer opens your account. Ask for one on the sign-in page.',
  });
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

const over = (): AppError =>
  new AppError('reset_link_over', {
    detail: 'This link was used already, or is older than an hour. Ask for a new one on the sign-in page.',
  });
