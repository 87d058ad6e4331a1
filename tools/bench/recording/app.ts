/** The trivial service that is measured: `none`, or the mode in which it records. Prints its port; ends with its parent. */
import { mkdtempSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Body, Controller, Get, Module, Param, Post, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { anonymous, AuditModule, PostgresStore, type AuditMode, type AuditStore, type Identity } from '@pinebill/nestjs-audit';

@Controller('v1/invoices')
class Invoices {
  @Get(':id') one(@Param('id') id: string): object {
    return { id, status: 'open', currency: 'EUR', total: 1_200, lines: [{ description: 'Work', quantity: 1, unitAmount: 1_200 }] };
  }
  @Post() create(@Body() body: object): object {
    return { id: 'inv_1', ...body };
  }
}

/** Takes everything at once, so that the journal is what is measured; with DATABASE_URL the real store is. */
const nowhere: AuditStore = { append: () => Promise.resolve(), watermark: () => Promise.resolve(null) };

const caller: Identity = {
  ...anonymous,
  organizationId: '00000000-0000-7000-8000-000000000002',
  actor: { type: 'apiKey', id: '00000000-0000-7000-8000-000000000003', name: 'Production API' },
  apiKey: { id: '00000000-0000-7000-8000-000000000003', name: 'Production API', last4: 'x7f2', state: 'active' },
};

function recorded(mode: AuditMode): DynamicModule {
  const url = process.env['DATABASE_URL'];
  return AuditModule.forRoot({
    mode,
    directory: mkdtempSync(join(process.env['BENCH_DIRECTORY'] ?? tmpdir(), 'bench-journal-')),
    store: url ? new PostgresStore({ url }) : nowhere,
    homeOrganizationId: () => '00000000-0000-7000-8000-000000000001',
    identify: () => Promise.resolve(caller),
  });
}

async function start(variant: string): Promise<void> {
  class Service {}
  Module({ controllers: [Invoices], imports: variant === 'none' ? [] : [recorded(variant as AuditMode)] })(Service);
  const app = await NestFactory.create(Service, new FastifyAdapter(), { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  process.stdout.write(`${((app.getHttpServer() as Server).address() as AddressInfo).port}\n`);
  process.on('message', () => process.send?.(process.cpuUsage()));
  process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
  process.on('disconnect', () => process.exit(0));
}

void start(process.argv[2] ?? 'none');
