/**
 * Renders every error of a request: what the framework throws, what we throw, what nobody expected. Tells the record why; nothing about the
 * inside leaves.
 */
import { Catch, Logger, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { AuditRoutes, AuditTrail } from '@pinebill/nestjs-audit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from './app-error';
import { problemDocument, PROBLEM_CONTENT_TYPE, reasonOf, recordedError, toAppError } from './problem';
import { RefusalCounts } from './refusal-counts';
import { unknownRoute } from './unknown-route';

type Exchange = { request: FastifyRequest; reply: FastifyReply; trail: AuditTrail; refusals: RefusalCounts };

/** The router refuses some paths (`/%zz`) before anything of Nest runs: those errors are rendered by this alone. */
export function answerProblem(error: AppError, { request, reply, trail, refusals }: Exchange): void {
  const problem = problemDocument(error, trail.requestId(request));
  refusals.count(reasonOf(error));
  trail.describe(request, { reason: reasonOf(error), error: recordedError(error, problem.detail) });
  if (reply.raw.headersSent) {
    // Half an answer is out: cutting the connection is the only honest thing left to say.
    reply.raw.destroy();
    return;
  }
  void reply
    .status(error.status)
    .headers({
      ...(error.status === 503 && !error.options.outcomeUnknown ? { 'retry-after': '2' } : {}),
      ...error.options.headers,
      'content-type': PROBLEM_CONTENT_TYPE,
      'cache-control': 'no-store',
    })
    .send(JSON.stringify(problem));
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  constructor(
    private readonly trail: AuditTrail,
    private readonly routes: AuditRoutes,
    private readonly refusals: RefusalCounts,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = this.translate(thrown, request);
    if (error.code === 'internal_error') this.log(request, error, this.trail.requestId(request));
    answerProblem(error, { request, reply, trail: this.trail, refusals: this.refusals });
  }

  /** Nest throws NotFoundException for a path without a route, unless its body was refused before; code of ours throws AppError. */
  private translate(thrown: unknown, request: FastifyRequest): AppError {
    if (!(thrown instanceof NotFoundException || request.is404)) return toAppError(thrown);
    return unknownRoute(request.method, request.raw.url?.split('?')[0] ?? '', this.routes);
  }

  private log(request: FastifyRequest, error: AppError, requestId: string | null): void {
    const cause = error.options.cause ?? error;
    const stack = cause instanceof Error ? cause.stack : JSON.stringify(cause);
    this.logger.error(`${error.code} at ${request.method} ${request.routeOptions.url ?? '(no route)'}`, { requestId }, stack);
  }
}
