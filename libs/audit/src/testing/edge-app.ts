/** A small service behind the edge, on either adapter, with the real writer and a store that only collects. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Module, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import { AuditModule } from '../audit.module';
import type { AuditOptions } from '../audit.options';
import { AuditRecorder } from '../audit.recorder';
import { AuditWriter } from '../audit.writer';
import type { AuditBatch, AuditRecord, AuditStore, EdgeRequest, Identity } from '../audit.types';
import { acme, ItemsController } from './items.controller';

export { acme };

export const adapters = ['fastify', 'express'] as const;
export type AdapterName = (typeof adapters)[number];

export const home = '00000000-0000-7000-8000-000000000001';

export class CollectingStore implements AuditStore {
  readonly records: AuditRecord[] = [];
  isAway = false;
  append(batch: AuditBatch): Promise<void> {
    if (this.isAway) return Promise.reject(new Error('away'));
    this.records.push(...batch.entries.map(({ record }) => record));
    return Promise.resolve();
  }
  watermark(): Promise<null> {
    return Promise.resolve(null);
  }
}

const caller = (known: boolean): Omit<Identity, 'refusal'> => ({
  organizationId: known ? acme : null,
  actor: known ? { type: 'apiKey', id: 'k1', name: 'Production API' } : { type: 'anonymous', id: null, name: null },
  apiKey: known ? { id: 'k1', name: 'Production API', last4: 'x7f2', state: 'active' } : null,
  keyFingerprint: null,
  service: null,
  team: null,
  environment: null,
  responseHeaders: { 'RateLimit-Policy': '"per-key";q=6000;w=60' },
  context: null,
});

const reasons: Record<string, string> = { '401': 'revoked_key', '403': 'ip_not_allowed', '429': 'key_limit' };

/** `X-Refuse: 401` is refused with that status, `X-Identify: slow` takes a while, `X-Identify: crash` throws; an `Authorization` header makes the caller known. */
export async function identify({ headers }: EdgeRequest): Promise<Identity> {
  if (headers['x-identify'] === 'crash') throw new Error('the key store is broken');
  if (headers['x-identify'] === 'slow') await delay(60);
  const status = headers['x-refuse'];
  const refusal =
    typeof status === 'string'
      ? {
          status: Number(status),
          headers: { 'WWW-Authenticate': 'Bearer' },
          body: { code: 'refused' },
          contentType: 'application/problem+json',
          reason: reasons[status] ?? 'role',
          error: { code: 'refused', detail: null, issues: [] },
        }
      : null;
  return { ...caller(headers.authorization !== undefined), refusal };
}

export type EdgeApp = {
  app: INestApplication;
  server: Server;
  port: number;
  store: CollectingStore;
  writer: AuditWriter;
  recorder: AuditRecorder;
  settled(count: number): Promise<AuditRecord[]>;
  close(): Promise<void>;
};

export async function startEdgeApp(adapter: AdapterName, options: Partial<AuditOptions> = {}): Promise<EdgeApp> {
  const directory = await mkdtemp(join(tmpdir(), 'edge-'));
  const store = new CollectingStore();
  class EdgeModule {}
  Module({
    imports: [
      AuditModule.forRoot({
        directory,
        store,
        homeOrganizationId: () => home,
        identify,
        isUnrecorded: (method, path) => (method === 'GET' || method === 'HEAD') && path === '/healthz',
        describeRoute: ({ template }) => ({ recordedQuery: template === '/v1/items' ? ['status'] : [], metadata: null }),
        onError: () => undefined,
        ...options,
      }),
    ],
    controllers: [ItemsController],
  })(EdgeModule);
  const app = await NestFactory.create(EdgeModule, adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter(), {
    logger: false,
    abortOnError: false,
  });
  const server = app.getHttpServer() as Server;
  // A slow request must not make a slow test; 100 ms are an age on a loopback.
  Object.assign(server, { headersTimeout: 250, requestTimeout: 400, connectionsCheckingInterval: 40, maxHeaderSize: 32 * 1024 });
  await app.listen(0, '127.0.0.1');
  const writer = app.get(AuditWriter);
  const recorder = app.get(AuditRecorder);
  const settled = async (count: number): Promise<AuditRecord[]> => {
    const deadline = Date.now() + 4_000;
    while (store.records.length < count && Date.now() < deadline) {
      await delay(4);
      await writer.flush();
    }
    await recorder.drained();
    await writer.flush();
    return store.records.splice(0);
  };
  const close = async (): Promise<void> => {
    await app.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { app, server, port: (server.address() as AddressInfo).port, store, writer, recorder, settled, close };
}
