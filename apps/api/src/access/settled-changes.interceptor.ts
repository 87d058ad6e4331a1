/**
 * Whoever changes something here and calls again here finds it changed: before the answer leaves, this process has heard of what it has just
 * committed. Of the other processes a revocation waits for each (revoked-keys.ts); they hear of all other changes within milliseconds.
 */
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { concatMap, type Observable } from 'rxjs';
import { ChangeChannel } from '../database/change-channel';
import { findActor } from '../platform/request-context';

const reads = new Set(['GET', 'HEAD']);

@Injectable()
export class SettledChanges implements NestInterceptor {
  constructor(private readonly channel: ChangeChannel) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // No program changes keys, people or plans.
    if (reads.has(request.method) || findActor(request)?.type !== 'user') return next.handle();
    return next.handle().pipe(concatMap(async (answer: unknown) => this.channel.caughtUp().then(() => answer)));
  }
}
