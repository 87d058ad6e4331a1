/**
 * Bodies are JSON, and nothing else: a form or plain text is what a page of another site can send without asking first. What was parsed is
 * looked at before anything recursive sees it.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { AppError } from './app-error';
import { takesRawBody } from './raw-body.decorator';

/** The deepest body that an operation takes has three levels. 1 MiB of brackets would overflow the stack of every recursive reader. */
export const MAX_DEPTH = 32;
/** An invoice of 100 lines has about 400. Validation costs up to 50 µs a value, and while it runs nobody else is served. */
export const MAX_VALUES = 2_000;

/** Walks level by level, and no further than it must. */
export function excessOf(body: unknown, { maxDepth = MAX_DEPTH, maxValues = MAX_VALUES } = {}): 'depth' | 'values' | null {
  let level: unknown[] = [body];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    values += level.length;
    if (values > maxValues) return 'values';
    const containers = level.filter((one): one is object => typeof one === 'object' && one !== null);
    if (containers.length > 0 && depth >= maxDepth) return 'depth';
    level = containers.flatMap((one) => Object.values(one) as unknown[]);
  }
  return null;
}

type Parsed = (error: Error | null, body?: unknown) => void;

/** Nest's own parsers must be off (`bodyParser: false`): they take forms as well. */
export function takeJsonOnly(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser(['text/plain', 'application/json']);
  // The bytes as they came, for an operation that checks a signature over them before it believes any of it.
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done: Parsed) => {
    if (takesRawBody(request)) done(null, body);
    else void parse(request, body.toString('utf8'), done);
  });
  fastify.addHook('preParsing', (request, _, payload, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    done(encoding.toLowerCase() === 'identity' ? null : encoded(), payload);
  });
  fastify.addHook('preValidation', (request, _, done) => {
    const excess = takesRawBody(request) ? null : excessOf(request.body);
    done(excess === null ? undefined : excess === 'depth' ? nested() : crowded());
  });
}

const encoded = (): AppError => new AppError('unsupported_media_type', { detail: 'Send the body as it is, without Content-Encoding.' });

const nested = (): AppError =>
  new AppError('malformed_json', {
    detail: `The body is nested deeper than ${MAX_DEPTH} levels. No operation takes that; send it flatter.`,
  });

const crowded = (): AppError =>
  new AppError('payload_too_large', { detail: `The body holds more than ${MAX_VALUES} values. Send less in one request.` });
