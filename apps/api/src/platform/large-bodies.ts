/**
 * What of large bodies may be in memory at a time, all requests together: each may have 1 MiB, but a thousand clients that send most of it and
 * then nothing would take a gigabyte. A small body is always taken, so whoever holds large ones keeps nobody else out.
 */
import { Transform, type Readable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppError } from './app-error';

const KIB = 1024;
/** Three times an invoice of 100 lines. With as many connections as there may be by default: 94 MiB. */
const SMALL_BYTES = 32 * KIB;
const LARGE_BYTES = 64 * 1024 * KIB;

export function boundLargeBodies(app: NestFastifyApplication): void {
  let held = 0;
  /** Counts what arrives until the answer has left; the body that exceeds the bound is the one that is refused. */
  const counted = (payload: Readable, response: ServerResponse): Readable => {
    let mine = 0;
    const counting = new Transform({
      transform: (chunk: Buffer, _, done) => {
        mine += chunk.length;
        held += chunk.length;
        if (mine > SMALL_BYTES && held > LARGE_BYTES) done(tooMuch());
        else done(null, chunk);
      },
    });
    response.once('close', () => {
      held -= mine;
      mine = 0;
      counting.destroy();
    });
    payload.once('error', (error) => counting.destroy(error));
    return payload.pipe(counting);
  };
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('preParsing', (request, reply, payload, done) => {
      // A chunked body does not say how long it is.
      const declared = Number(request.headers['content-length'] ?? Infinity);
      done(null, declared <= SMALL_BYTES || request.method === 'GET' ? payload : counted(payload as Readable, reply.raw));
    });
}

const tooMuch = (): AppError =>
  new AppError('overload', {
    detail: 'Too many large bodies are arriving at the moment. Nothing was done; send it again in a few seconds.',
    headers: { 'retry-after': '5' },
  });
