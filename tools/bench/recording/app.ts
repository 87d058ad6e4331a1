/**
 * The trivial service that is measured, in one of its variants. Prints its port; ends with its parent.
 * `none`; `interceptor` (one that does nothing: what Nest takes for having one); `pino` (nestjs-pino to a file); `insert` (an interceptor that
 * awaits one INSERT a request); `async`, `durable`, `committed` (ours, shipping to PostgreSQL where DATABASE_URL is set).
 */
import { mkdtempSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Body, Controller, Get, Injectable, Module, Param, Post, RequestMethod, type CallHandler, type DynamicModule, type ExecutionContext, type NestInterceptor, type Provider } from '@nestjs/common'; // prettier-ignore
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { anonymous, AuditModule, PostgresStore, type AuditMode, type AuditStore, type Identity } from '@pinebill/nestjs-audit';
import { LoggerModule } from 'nestjs-pino';
import { Pool } from 'pg';
import pino from 'pino';
import { mergeMap, type Observable } from 'rxjs';
import { v7 } from 'uuid';

@Controller('v1/invoices')
class Invoices {
  @Get(':id') one(@Param('id') id: string): object {
    return { id, status: 'open', currency: 'EUR', total: 1_200, lines: [{ description: 'Work', quantity: 1, unitAmount: 1_200 }] };
  }
  @Post() create(@Body() body: object): object {
    return { id: 'inv_1', ...body };
  }
}

const url = process.env['DATABASE_URL'];
const home = '00000000-0000-7000-8000-000000000001';
const organization = '00000000-0000-7000-8000-000000000002';
const apiKey = '00000000-0000-7000-8000-000000000003';
const directory = (): string => mkdtempSync(join(process.env['BENCH_DIRECTORY'] ?? tmpdir(), 'bench-'));

/** Takes everything at once, so that the journal is what is measured. */
const nowhere: AuditStore = { append: () => Promise.resolve(), watermark: () => Promise.resolve(null) };

const caller: Identity = {
  ...anonymous,
  organizationId: organization,
  actor: { type: 'apiKey', id: apiKey, name: 'Production API' },
  apiKey: { id: apiKey, name: 'Production API', last4: 'x7f2', state: 'active' },
};

const ours = (mode: AuditMode): DynamicModule =>
  AuditModule.forRoot({
    mode,
    directory: directory(),
    store: url ? new PostgresStore({ url }) : nowhere,
    homeOrganizationId: () => home,
    identify: () => Promise.resolve(caller),
  });

@Injectable()
class DoesNothing implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

type Call = { method: string; url: string; ip: string; headers: Record<string, string | undefined> };
const insert = 'insert into plain_log values ($1, $2, now(), $3, $4, $5, $6, $7, $8)';

/** What most teams write: the row, then the answer. */
@Injectable()
class AwaitsInsert implements NestInterceptor {
  private readonly pool = new Pool({ connectionString: url, max: 10 });
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const startedAt = performance.now();
    const { method, url: path, ip, headers } = context.switchToHttp().getRequest<Call>();
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        const values = [organization, v7(), method, path, 200, ip, headers['user-agent'], performance.now() - startedAt];
        await this.pool.query({ name: 'insert', text: insert, values });
        return answer;
      }),
    );
  }
}

type Parts = { imports: DynamicModule[]; providers: Provider[] };
const intercepted = (useClass: new () => NestInterceptor): Parts => ({ imports: [], providers: [{ provide: APP_INTERCEPTOR, useClass }] });

const variants: Record<string, () => Parts> = {
  none: () => ({ imports: [], providers: [] }),
  interceptor: () => intercepted(DoesNothing),
  pino: () => ({
    imports: [
      LoggerModule.forRoot({
        pinoHttp: [{}, pino.destination({ dest: join(directory(), 'log'), sync: false, minLength: 4_096 })],
        forRoutes: [{ path: '{*path}', method: RequestMethod.ALL }],
      }),
    ],
    providers: [],
  }),
  insert: () => intercepted(AwaitsInsert),
  async: () => ({ imports: [ours('async')], providers: [] }),
  durable: () => ({ imports: [ours('durable')], providers: [] }),
  committed: () => ({ imports: [ours('committed')], providers: [] }),
};

async function start(variant: string): Promise<void> {
  const parts = variants[variant];
  if (!parts) throw new Error(`No such variant: ${variant}. There are ${Object.keys(variants).join(', ')}.`);
  class Service {}
  Module({ controllers: [Invoices], ...parts() })(Service);
  const app = await NestFactory.create(Service, new FastifyAdapter(), { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  process.stdout.write(`${((app.getHttpServer() as Server).address() as AddressInfo).port}\n`);
  process.on('message', () => process.send?.({ ...process.cpuUsage(), loop: performance.eventLoopUtilization() }));
  process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
  process.on('disconnect', () => process.exit(0));
}

void start(process.argv[2] ?? 'none');
