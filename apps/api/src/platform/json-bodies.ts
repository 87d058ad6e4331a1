/**
 * Bodies are JSON, and nothing else: a form or plain text is what a page of another site can send without asking first. What was parsed is
 * looked at before anything recursive sees it.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppError } from './app-error';

/** The deepest body that an operation takes has three levels. 1 MiB of brackets would overflow the stack of every recursive reader. */
export const MAX_DEPTH = 32;

export function isTooDeep(value: unknown, maxDepth: number = MAX_DEPTH): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    const containers = level.filter((one): one is object => typeof one === 'object' && one !== null);
    if (containers.length > 0 && depth >= maxDepth) return true;
    level = containers.flatMap((one) => Object.values(one) as unknown[]);
  }
  return false;
}

/** Nest's own parsers must be off (`bodyParser: false`): they take forms as well. */
export function takeJsonOnly(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain');
  fastify.addHook('preParsing', (request, _, payload, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    done(encoding.toLowerCase() === 'identity' ? null : encoded(), payload);
  });
  fastify.addHook('preValidation', (request, _, done) => {
    done(isTooDeep(request.body) ? nested() : undefined);
  });
}

const encoded = (): AppError => new AppError('unsupported_media_type', { detail: 'Send the body as it is, without Content-Encoding.' });

const nested = (): AppError =>
  new AppError('malformed_json', {
    detail: `The body is nested deeper than ${MAX_DEPTH} levels. No operation takes that; send it flatter.`,
  });
