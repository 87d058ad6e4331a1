/**
 * An operation that takes no query parameters refuses any: unknown parameters are never ignored. Operations that do read the query say
 * themselves which names they know (query.ts).
 */
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { readQuery } from './query';

/** Nest's RouteParamtypes.QUERY; the enum is not part of its public face. The keys of the metadata read `4:0`. */
const QUERY_ARGUMENT = /^4:/;

@Injectable()
export class UndeclaredQueryInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const [controller, handler] = [context.getClass(), context.getHandler()];
    const declared = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler.name) as Record<string, unknown> | undefined;
    const readsQuery = Object.keys(declared ?? {}).some((key) => QUERY_ARGUMENT.test(key));
    if (!readsQuery) readQuery(context.switchToHttp().getRequest<FastifyRequest>().query, []);
    return next.handle();
  }
}
