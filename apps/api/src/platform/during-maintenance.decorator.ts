import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { MAINTENANCE_EXTENSION } from './openapi-document';

export const WORKS_DURING_MAINTENANCE = 'pinebill:worksDuringMaintenance';

/** `only`: what of it goes on; looked at before the body is validated. */
export type DuringMaintenance = { reason: string; only?: (body: unknown) => boolean };

/**
 * `@WorksDuringMaintenance('why')`: an operation that changes something and goes on while everything else that does is refused with 503
 * `maintenance`. For what an admin needs in an incident. Operations that only read need no mark.
 */
export const WorksDuringMaintenance = (reason: string, only?: DuringMaintenance['only']): MethodDecorator =>
  applyDecorators(
    SetMetadata(WORKS_DURING_MAINTENANCE, { reason, ...(only ? { only } : {}) } satisfies DuringMaintenance),
    ApiExtension(MAINTENANCE_EXTENSION, reason),
  );
