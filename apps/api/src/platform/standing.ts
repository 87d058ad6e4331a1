/**
 * Whether whoever made a request may still do what it does. An answer that goes on for long (the live tail) asks again while it lasts: a role, a session
 * or a key may have ended since the door let the request in. The door knows how to tell, and leaves it here for the feature.
 */
import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { rawRequest } from './request-context';

/** Never rejects. */
export type Standing = () => Promise<boolean>;
const standings = new WeakMap<IncomingMessage, Standing>();

export const setStanding = (raw: IncomingMessage, standing: Standing): void => void standings.set(raw, standing);

/** For a parameter: `@StillAdmitted() standing: Standing`. Of a request that no door let in: no. */
export const StillAdmitted = createParamDecorator(
  (_: unknown, context: ExecutionContext): Standing =>
    standings.get(rawRequest(context.switchToHttp().getRequest())) ?? (() => Promise.resolve(false)),
);
