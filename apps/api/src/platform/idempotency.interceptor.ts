/**
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): per organization, actor and route, for 24 hours.
 *
 * The handler runs inside one transaction with the row that remembers its answer, so both are there or neither: a process killed at any
 * moment leaves no effect that a repeated request would not know of. While it runs, the key is held by an advisory lock of that transaction;
 * a second request finds it taken and is told so, and the lock of a killed process is gone with its connection. Failed requests leave
 * nothing, so they can be corrected and sent again with the same key.
 */
import { createHash } from 'node:crypto';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from './actor';
import { AppError } from './app-error';
import { Clock } from './clock';
import { findActor } from './request-context';

export const IDEMPOTENT = 'pinebill:idempotent';
export type IdempotentOptions = {
  /** What is kept of the answer for replays; default: all of it. */
  redact?: (body: Record<string, unknown>) => Record<string, unknown>;
};

const HOUR_MS = 3_600_000;
const KEPT_MS = 24 * HOUR_MS;

type Attempt = { actor: Actor & { id: string }; route: string; key: string; requestHash: Buffer };
type Remembered = { request_hash: Buffer; status: number; body: unknown };

@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly tenant: Tenant,
    private readonly clock: Clock,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const attempt = readAttempt(context.switchToHttp().getRequest<FastifyRequest>());
    return attempt === null ? next.handle() : from(this.once(attempt, context, next));
  }

  private once(attempt: Attempt, context: ExecutionContext, next: CallHandler): Promise<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const { redact = (body) => body } = this.reflector.get<IdempotentOptions>(IDEMPOTENT, context.getHandler());
    return this.tenant.run(attempt.actor, async (tx) => {
      const now = this.clock.now();
      await hold(tx, attempt);
      const known = await find(tx, attempt, now);
      if (known) {
        void reply.status(known.status).header('Idempotency-Replayed', 'true');
        return known.body;
      }
      const body = (await this.tenant.joined(attempt.actor, tx, () => lastValueFrom(next.handle()))) as Record<string, unknown>;
      await remember(tx, { attempt, status: reply.statusCode, body: redact(body), now });
      return body;
    });
  }
}

/** Null when the caller sent no key, or is nobody that could send it again. */
function readAttempt(request: FastifyRequest): Attempt | null {
  const key = request.headers['idempotency-key'];
  const actor = findActor(request);
  if (key === undefined || actor === null || actor.type === 'system') return null;
  if (typeof key !== 'string' || !/^[!-~]{1,255}$/.test(key)) {
    const expected = 'text of 1 to 255 visible ASCII characters';
    throw new AppError('invalid_field', {
      detail: `The Idempotency-Key takes ${expected}.`,
      issues: [{ pointer: 'Idempotency-Key', rule: 'format', expected }],
    });
  }
  const route = `${request.method} ${request.routeOptions.url ?? ''}`;
  return { actor, route, key, requestHash: digest(`${request.url}\n${JSON.stringify(sorted(request.body))}`) };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** One text for bodies that mean the same: the order of members does not matter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value ?? null;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)]);
}

async function hold(tx: EntityManager, { actor, route, key }: Attempt): Promise<void> {
  const name = digest(JSON.stringify([actor.organizationId, actor.id, route, key]));
  const [row] = await tx.query<{ held: boolean }[]>('select pg_try_advisory_xact_lock($1) as held', [name.readBigInt64BE().toString()]);
  if (row?.held !== true) {
    throw new AppError('idempotency_in_flight', {
      detail: 'A request with this Idempotency-Key is still being worked on. Wait a moment and repeat it to get its answer.',
      headers: { 'retry-after': '1' },
    });
  }
}

async function find(tx: EntityManager, { actor, route, key, requestHash }: Attempt, now: Date): Promise<Remembered | null> {
  const [row] = await tx.query<Remembered[]>(
    `select request_hash, status, body from idempotency
     where organization_id = $1 and actor_id = $2 and route = $3 and key = $4 and expires_at > $5`,
    [actor.organizationId, actor.id, route, key, now],
  );
  if (!row) return null;
  if (!row.request_hash.equals(requestHash)) {
    throw new AppError('idempotency_key_reused', {
      detail: 'This Idempotency-Key was used with another body in the last 24 hours. Use a new one for a new request.',
    });
  }
  return row;
}

async function remember(tx: EntityManager, done: { attempt: Attempt; status: number; body: unknown; now: Date }): Promise<void> {
  const { attempt, status, body, now } = done;
  const { actor, route, key, requestHash } = attempt;
  // Some of what has expired goes with every new one: the table stays small without a job. Skipped rows are somebody else's to delete.
  await tx.query(
    `delete from idempotency i using (
       select actor_id, route, key from idempotency where organization_id = $1 and expires_at <= $2 limit 20 for update skip locked
     ) old where i.organization_id = $1 and i.actor_id = old.actor_id and i.route = old.route and i.key = old.key`,
    [actor.organizationId, now],
  );
  await tx.query(
    `insert into idempotency (organization_id, actor_id, route, key, request_hash, created_at, expires_at, completed_at, status, body)
     values ($1, $2, $3, $4, $5, $6, $7, $6, $8, $9)
     on conflict on constraint idempotency_pkey do update set request_hash = excluded.request_hash, created_at = excluded.created_at,
       expires_at = excluded.expires_at, completed_at = excluded.completed_at, status = excluded.status, body = excluded.body`,
    [actor.organizationId, actor.id, route, key, requestHash, now, new Date(now.getTime() + KEPT_MS), status, JSON.stringify(body)],
  );
}
