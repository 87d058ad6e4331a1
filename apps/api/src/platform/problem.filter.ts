/** Renders every error of a request: what the framework throws, what we throw, what nobody expected. Nothing about the inside leaves. */
import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from './app-error';
import { problemDocument, PROBLEM_CONTENT_TYPE, toAppError } from './problem';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = toAppError(thrown);
    const requestId = String(reply.raw.getHeader('request-id') ?? '') || null;
    if (error.status >= 500) this.log(request, error, requestId);
    if (reply.raw.headersSent) {
      // Half an answer is out: cutting the connection is the only honest thing left to say.
      reply.raw.destroy();
      return;
    }
    void reply
      .status(error.status)
      .headers({ ...error.options.headers, 'content-type': PROBLEM_CONTENT_TYPE, 'cache-control': 'no-store' })
      .send(JSON.stringify(problemDocument(error, requestId)));
  }

  private log(request: FastifyRequest, error: AppError, requestId: string | null): void {
    const cause = error.options.cause ?? error;
    const stack = cause instanceof Error ? cause.stack : JSON.stringify(cause);
    this.logger.error(`${error.code} at ${request.method} ${request.routeOptions.url ?? '(no route)'} ${requestId ?? ''}`, stack);
  }
}
