/** What the early authentication found out about a request, for guards, parameters and services. Keyed by the raw request: no field on foreign objects. */
import type { IncomingMessage } from 'node:http';
import { AppError } from './app-error';
import type { Actor } from './actor';

const actors = new WeakMap<IncomingMessage, Actor>();

/** Fastify and Express wrap the raw request differently; this takes either, or the raw one. */
export function rawRequest(request: unknown): IncomingMessage {
  const wrapped = request as { raw?: IncomingMessage };
  return wrapped.raw ?? (request as IncomingMessage);
}

export const setActor = (raw: IncomingMessage, actor: Actor): void => void actors.set(raw, actor);
export const findActor = (request: unknown): Actor | null => actors.get(rawRequest(request)) ?? null;

export function actorOf(request: unknown): Actor {
  const actor = findActor(request);
  if (!actor) throw new AppError('invalid_api_key', { reason: 'missing_key' });
  return actor;
}
