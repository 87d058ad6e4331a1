/**
 * While there is maintenance, what would change something is refused with 503 `maintenance`. Stands behind the guard that authorises, so that
 * nobody learns more than they may: a 401 or 403 stays what it is. Before any body is validated.
 */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../platform/app-error';
import { WORKS_DURING_MAINTENANCE, type DuringMaintenance } from '../platform/during-maintenance.decorator';
import { Maintenance, type MaintenanceState } from './maintenance.service';

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);

@Injectable()
export class MaintenanceGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly maintenance: Maintenance,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { current } = this.maintenance;
    if (current === null) return true;
    const { method, body } = context.switchToHttp().getRequest<FastifyRequest>();
    if (reads.has(method)) return true;
    const mark = this.reflector.get<DuringMaintenance | undefined>(WORKS_DURING_MAINTENANCE, context.getHandler());
    if (mark && (mark.only?.(body) ?? true)) return true;
    throw new AppError('maintenance', {
      detail: describe(current),
      headers: { 'retry-after': String(this.maintenance.retryAfterSeconds(current)) },
    });
  }
}

function describe({ endsAt, message }: MaintenanceState): string {
  const until = endsAt === null ? 'for a while' : `until about ${endsAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const why = message === null ? '' : ` The operator says: ${message}`;
  return `Changes are refused ${until}; reading, signing in and revoking keys go on. Nothing was done; try again then.${why}`;
}
