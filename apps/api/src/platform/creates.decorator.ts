/** What every creating POST has in common: 201, a Location header, and the Idempotency-Key. */
import {
  applyDecorators,
  HttpCode,
  Injectable,
  SetMetadata,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { tap, type Observable } from 'rxjs';
import { IDEMPOTENT, IdempotencyInterceptor, type IdempotentOptions } from './idempotency.interceptor';

const LOCATION = 'pinebill:location';

@Injectable()
export class LocationInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const collection = this.reflector.get<string>(LOCATION, context.getHandler());
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(tap((body: { id: string }) => void reply.header('location', `${collection}/${body.id}`)));
  }
}

const header = ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  description:
    'Any text of 1 to 255 visible characters. A repeated request with the same key and body is answered like the first, for 24 hours.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '4f6d2a9e-order-1047',
});

/** For a POST whose effect must not happen twice. `redact` takes away what only the first answer may show, such as a secret. */
export const Idempotent = (options: IdempotentOptions = {}): MethodDecorator =>
  applyDecorators(SetMetadata(IDEMPOTENT, options), UseInterceptors(IdempotencyInterceptor), header);

/** `@Creates('/v1/customers')`: answers 201 with `Location: /v1/customers/{id}`; idempotent. */
export const Creates = (collection: string, options: IdempotentOptions = {}): MethodDecorator => making(201, collection, options);

/** `@Accepts('/v1/exports')`: the same with 202, for what is not made yet when the answer leaves. */
export const Accepts = (collection: string, options: IdempotentOptions = {}): MethodDecorator => making(202, collection, options);

const making = (status: 201 | 202, collection: string, options: IdempotentOptions): MethodDecorator =>
  applyDecorators(
    HttpCode(status),
    SetMetadata(LOCATION, collection),
    // The location comes first, so that a replayed answer carries it as well.
    UseInterceptors(LocationInterceptor, IdempotencyInterceptor),
    SetMetadata(IDEMPOTENT, options),
    header,
  );
