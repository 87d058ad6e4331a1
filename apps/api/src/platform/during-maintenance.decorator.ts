import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { MAINTENANCE_EXTENSION } from './openapi-document';

export const WORKS_DURING_MAINTENANCE = 'pinebill:worksDuringMaintenance';

/**
 * `@WorksDuringMaintenance('why')`: an operation that changes something and goes on while everything else that does is refused with 503
 * `maintenance`. For what an admin needs in an incident. Operations that only read need no mark.
 */
export const WorksDuringMaintenance = (reason: string): MethodDecorator =>
  applyDecorators(SetMetadata(WORKS_DURING_MAINTENANCE, reason), ApiExtension(MAINTENANCE_EXTENSION, reason));
