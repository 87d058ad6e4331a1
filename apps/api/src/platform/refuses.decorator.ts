import { ApiExtension } from '@nestjs/swagger';
import type { ErrorCode } from '@pinebill/contract';
import { REFUSALS_EXTENSION } from './openapi-document';

/**
 * `@Refuses('illegal_transition')`: problems that are this operation's own. Those that follow from what it takes (401, 403, 404 of an id, 400
 * of a body, and so on) are described without being named: see openapi-document.ts.
 */
export const Refuses = (...codes: ErrorCode[]): MethodDecorator => ApiExtension(REFUSALS_EXTENSION, codes);
