/** The measurement behind ADR 0001: of twelve kinds of request, which does a global interceptor see, and which the recorder. */
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { Module, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AuditTrail } from './audit.trail';
import { adapters, startEdgeApp, type AdapterName } from './testing/edge-app';
import { ItemsController } from './testing/items.controller';
import { exchangeRaw, get, post } from './testing/raw-http';

const kinds: Record<string, string> = {
  'handler answers': get('/v1/items'),
  'handler throws': get('/v1/fails'),
  'guard refuses': get('/v1/admins'),
  'unknown route': get('/nowhere'),
  'malformed JSON': post('/v1/items', '{'),
  'body too large': post('/v1/items', JSON.stringify({ name: 'x'.repeat(1_100_000) })),
  'path with %zz': get('/v1/items/%zz'),
  'malformed HTTP': 'GET /v1/items HTTP/1.1\r\nHost h\r\n\r\n',
  'no Host': 'GET /v1/items HTTP/1.1\r\n\r\n',
  CONNECT: 'CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n',
  'Expect: foo': get('/v1/items', 'Expect: foo\r\n'),
  'headers too late': 'GET /v1/items HTTP/1.1\r\nHost: h\r\n',
};

/** As everybody would write it first. */
async function seenByInterceptor(adapter: AdapterName): Promise<string[]> {
  let seen = 0;
  class Counting implements NestInterceptor {
    intercept(_: ExecutionContext, next: CallHandler) {
      seen++;
      return next.handle();
    }
  }
  class Plain {}
  const trail = { provide: AuditTrail, useValue: null };
  Module({ controllers: [ItemsController], providers: [trail, { provide: APP_INTERCEPTOR, useClass: Counting }] })(Plain);
  const app = await NestFactory.create(Plain, adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter(), { logger: false });
  const server = app.getHttpServer() as Server;
  Object.assign(server, { headersTimeout: 250, requestTimeout: 400, connectionsCheckingInterval: 40 });
  await app.listen(0, '127.0.0.1');
  const kindsSeen: string[] = [];
  for (const [kind, bytes] of Object.entries(kinds)) {
    seen = 0;
    await exchangeRaw((server.address() as AddressInfo).port, bytes, { answers: 1 });
    if (seen > 0) kindsSeen.push(kind);
  }
  await app.close();
  return kindsSeen;
}

async function seenByRecorder(adapter: AdapterName): Promise<string[]> {
  const edge = await startEdgeApp(adapter);
  const kindsSeen: string[] = [];
  for (const [kind, bytes] of Object.entries(kinds)) {
    await exchangeRaw(edge.port, bytes, { answers: 1 });
    if ((await edge.settled(1)).length === 1) kindsSeen.push(kind);
  }
  await edge.close();
  return kindsSeen;
}

const byInterceptor = { fastify: ['handler answers', 'handler throws'], express: ['handler answers', 'handler throws'] };

describe.each(adapters)('of twelve kinds of request, on %s', (adapter) => {
  it('a global interceptor sees those that reach a handler', async () => {
    expect(await seenByInterceptor(adapter)).toEqual(byInterceptor[adapter]);
  });
  it('the recorder sees all', async () => {
    expect(await seenByRecorder(adapter)).toEqual(Object.keys(kinds));
  });
});
