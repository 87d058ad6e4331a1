/**
 * The Nest-facing half of the record: which handler ran and for how long, and the intent of an unsafe one, durable before it starts. It sees
 * only requests that reached a handler (ADR 0001), so it owns nothing: it adds to the record of the edge.
 */
import { Injectable, ServiceUnavailableException, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { finalize, type Observable } from 'rxjs';
import { AuditRoutes } from './audit.routes';
import type { Draft } from './draft';
import { unrecordable, type Exchange } from './exchange';
import { findExchange } from './open-exchanges';

const unsafe = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(private readonly routes: AuditRoutes) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const exchange = context.getType() === 'http' ? findExchange(context.switchToHttp().getRequest()) : null;
    if (!exchange) return next.handle();
    const { draft } = exchange;
    draft.route = this.routes.templateOf(context.getHandler(), draft.edge.rawPath) ?? draft.route;
    if (unsafe.has(draft.edge.method)) await this.intend(exchange);
    return this.timed(draft, next);
  }

  private async intend(exchange: Exchange): Promise<void> {
    try {
      await exchange.intend();
    } catch (cause) {
      // The edge has the last word on the answer; the exception only keeps the handler from starting.
      exchange.object(unrecordable);
      throw new ServiceUnavailableException('The request cannot be recorded, so it is not accepted.', { cause });
    }
  }

  /** Pipes included, guards not. */
  private timed(draft: Draft, next: CallHandler): Observable<unknown> {
    const startedAt = performance.now();
    draft.handlerStartedAt = startedAt;
    return next.handle().pipe(finalize(() => (draft.handlerMs = performance.now() - startedAt)));
  }
}
