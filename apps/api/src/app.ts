/** Builds the application, ready to listen; starts no process and reads no environment. */
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuditTrail } from '@pinebill/nestjs-audit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppModule } from './app.module';
import type { AppConfig } from './config';
import { serveConsole } from './platform/console-files';
import { takeJsonOnly } from './platform/json-bodies';
import { addSecurityHeaders } from './platform/security-headers';
import { AppLogger } from './platform/app-logger';
import { Connections } from './platform/connections';
import { serveApiDescription } from './platform/openapi';
import { boundLargeBodies } from './platform/large-bodies';
import { Metrics } from './platform/metrics';
import { answerProblem } from './platform/problem.filter';
import { toAppError } from './platform/problem';
import { serverOptions } from './platform/server-limits';
import { RefusalCounts } from './platform/refusal-counts';
import { RequestValidation } from './platform/validation';

export async function createApp(config: AppConfig): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    ...serverOptions,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      answerProblem(toAppError(error), { request, reply, trail: app.get(AuditTrail), refusals: app.get(RefusalCounts) }),
  });
  const app: NestFastifyApplication = await NestFactory.create<NestFastifyApplication>(AppModule.with(config), adapter, {
    logger: new AppLogger(config.logLevel),
    // A failed start is one clear line of main.ts, not Nest's process.exit.
    abortOnError: false,
    // See takeJsonOnly.
    bodyParser: false,
  });
  app.useGlobalPipes(new RequestValidation());
  addSecurityHeaders(app, config.publicUrl);
  takeJsonOnly(app);
  boundLargeBodies(app);
  serveApiDescription(app, config);
  await serveConsole(app, config.consoleDirectory, { provider: config.oidc && new URL(config.oidc.issuer).host });
  await app.init();
  app.get(Metrics).watch(app.getHttpServer());
  app.get(Connections).watch(app.getHttpServer(), config.maxConnections);
  return app;
}
