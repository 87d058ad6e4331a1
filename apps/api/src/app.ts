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
import { serveApiDescription } from './platform/openapi';
import { Metrics } from './platform/metrics';
import { answerProblem } from './platform/problem.filter';
import { toAppError } from './platform/problem';
import { RefusalCounts } from './platform/refusal-counts';
import { RequestValidation } from './platform/validation';

const KIB = 1024;

const serverOptions = {
  bodyLimit: 1024 * KIB,
  keepAliveTimeout: 65_000,
  requestTimeout: 30_000,
  // What arrives on an open connection during the stop is answered as always; then the connection closes.
  return503OnClosing: false,
  // Ids are 30 characters, invitation tokens 43; find-my-way answers 414 beyond.
  routerOptions: { maxParamLength: 500 },
  // Node looks for late requests only every 30 s by default: the timeouts would be three times what they say.
  http: { maxHeaderSize: 32 * KIB, headersTimeout: 10_000, connectionsCheckingInterval: 1_000, requireHostHeader: false },
};

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
  serveApiDescription(app, config);
  await serveConsole(app, config.consoleDirectory);
  await app.init();
  app.get(Metrics).watch(app.getHttpServer());
  return app;
}
