/**
 * The Nest-facing half of the record: which handler ran and for how long, and the intent of an unsafe one, durable before it starts. It sees
 * only requests that reached a handler (ADR 0001), so it owns nothing: it adds to the record of the edge.
 */
import { Injectable, ServiceUnavailableException, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { AuditRoutes } from './audit.routes';
import type { Draft } from './draft';
import { findExchange, unrecordable, type Exchange } from './exchange';

const unsafe = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(private readonly routes: AuditRoutes) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> | Promise<Observable<unknown>> {
    const exchange = context.getType() === 'http' ? findExchange(context.switchToHttp().getRequest()) : null;
    if (!exchange) return next.handle();
    const { draft } = exchange;
    draft.matched = this.routes.ofHandler(context.getHandler(), draft.edge.rawPath);
    return unsafe.has(draft.edge.method) ? this.intended(exchange, next) : timed(draft, next);
  }

  private async intended(exchange: Exchange, next: CallHandler): Promise<Observable<unknown>> {
    try {
      await exchange.intend();
    } catch (cause) {
      // The edge has the last word on the answer; the exception only keeps the handler from starting.
      exchange.object(unrecordable);
      throw new ServiceUnavailableException('The request cannot be recorded, so it is not accepted.', { cause });
    }
    return timed(exchange.draft, next);
  }
}

/** From here to the beginning of the answer, which the edge sees: pipes and exception filters included, guards not. */
function timed(draft: Draft, next: CallHandler): Observable<unknown> {
  draft.handlerStartedAt = performance.now();
  return next.handle();
}
