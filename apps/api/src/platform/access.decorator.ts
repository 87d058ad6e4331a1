/** Who may call a route, next to the route. A route without one of these two is refused (see access/access.guard.ts). */
import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Permission, Scope } from '@pinebill/contract';
import type { AccessRule, Actor } from './actor';
import { actorOf } from './request-context';

export const ACCESS = 'pinebill:access';

/** `@Access('keys:read')`: people whose role has the permission. `{ scope }` lets programs with that scope in as well. */
export const Access = (permission: Permission | 'signed-in', options: { scope?: Scope } = {}) =>
  SetMetadata(ACCESS, { kind: 'declared', permission, scope: options.scope ?? null } satisfies AccessRule);

/** No credentials needed. Say why. */
export const Public = (reason: string) => SetMetadata(ACCESS, { kind: 'public', reason } satisfies AccessRule);

/** The authenticated caller; only on routes with `@Access`. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => actorOf(context.switchToHttp().getRequest()));
