/** Who may call a route, next to the route. A route without one of these two is refused (see access/access.guard.ts). */
import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Permission, Scope } from '@pinebill/contract';
import type { AccessRule, Actor } from './actor';
import { ACCESS_EXTENSION } from './openapi-document';
import { actorOf } from './request-context';

export const ACCESS = 'pinebill:access';

/** For the guard, and for the description of the API. */
const declare = (rule: AccessRule) => applyDecorators(SetMetadata(ACCESS, rule), ApiExtension(ACCESS_EXTENSION, rule));

/** `@Access('keys:read')`: people whose role has the permission. `{ scope }` lets programs with that scope in as well. */
export const Access = (permission: Permission | 'signed-in', options: { scope?: Scope } = {}) =>
  declare({ kind: 'declared', permission, scope: options.scope ?? null });

/** No credentials needed. Say why. */
export const Public = (reason: string) => declare({ kind: 'public', reason });

/** The authenticated caller; only on routes with `@Access`. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor =>
  actorOf(context.switchToHttp().getRequest()),
);
