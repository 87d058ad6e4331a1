/** Ties the recorder of libs/audit to this product: who calls, whose record it is, what leaves no record, what an answer of the edge looks like. */
import { join } from 'node:path';
import { Logger, type DynamicModule } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AuditModule, PostgresStore, type AuditOptions } from '@pinebill/nestjs-audit';
import { DataSource } from 'typeorm';
import { EarlyAuthentication } from './access';
import type { AppConfig } from './config';
import { PartitionJobs } from './database/partitions.jobs';
import { ACCESS } from './platform/access.decorator';
import { consoleFiles } from './platform/console-files';
import { Countries } from './platform/country';
import { typeId } from './platform/ids';
import { edgeProblem, PROBLEM_CONTENT_TYPE } from './platform/problem';
import { RECORDED_QUERY } from './platform/recorded-query.decorator';

export function recording(config: AppConfig): DynamicModule {
  return AuditModule.forRootAsync({
    inject: [ModuleRef, DataSource],
    useFactory: (modules: ModuleRef, db: DataSource) => options(config, modules, db),
  });
}

function options(config: AppConfig, modules: ModuleRef, db: DataSource): AuditOptions {
  const logger = new Logger('Audit');
  const { mode, trustedProxies, maxJournalBytes } = config.audit;
  return {
    mode,
    trustedProxies,
    ...(maxJournalBytes === null ? {} : { maxJournalBytes }),
    directory: join(config.dataDirectory, 'journal'),
    // The stop has 14 s for everything (product.ts): what a database that hangs does not take now, it takes at the next start.
    closeTimeoutMs: 3_000,
    store: new PostgresStore({
      url: config.database.url,
      onStray: (at) => modules.get(PartitionJobs, { strict: false }).makeStray(at),
    }),
    homeOrganizationId: () => homeOrganization(db),
    identify: (edge) => modules.get(EarlyAuthentication, { strict: false }).identify(edge),
    isUnrecorded: unrecorded(consoleFiles(config.consoleDirectory)),
    requestId: (id) => typeId('req', id),
    problem: ({ code, id }) => ({ contentType: PROBLEM_CONTENT_TYPE, body: edgeProblem(code, typeId('req', id)) }),
    country: modules.get(Countries, { strict: false }).of,
    describeRoute: ({ controller, handler }) => ({
      recordedQuery: (Reflect.getMetadata(RECORDED_QUERY, handler) as readonly string[] | undefined) ?? [],
      metadata: (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, controller.constructor) ?? null) as unknown,
    }),
    onError: (message, error) => logger.error(message, error instanceof Error ? error.stack : undefined),
  };
}

async function homeOrganization(db: DataSource): Promise<string> {
  const rows: { id: string }[] = await db.query('select home_organization() as id');
  const id = rows[0]?.id;
  if (!id) throw new Error('There is no home organization: the first run has not happened.');
  return id;
}

const always = new Set(['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs']);
/** Below /docs and nowhere else: no `..`, no empty segment, nothing encoded, no query. */
const docs = /^\/docs(?:\/(?!\.)[\w.-]+)*\/?$/;

/** Guarantee 1 names the exceptions: GET and HEAD of exactly these. Anything spelt otherwise is recorded. */
export function unrecorded(files: ReadonlySet<string>): (method: string, rawTarget: string) => boolean {
  return (method, rawTarget) =>
    (method === 'GET' || method === 'HEAD') && (always.has(rawTarget) || docs.test(rawTarget) || files.has(rawTarget));
}
