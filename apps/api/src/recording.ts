/** Ties the recorder of libs/audit to this product: who calls, whose record it is, what leaves no record, what an answer of the edge looks like. */
import { join } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AuditModule, type AuditOptions } from '@pinebill/nestjs-audit';
import { DataSource } from 'typeorm';
import { EarlyAuthentication } from './access';
import type { AppConfig } from './config';
import { RecordNews } from './database/record-news';
import { PartitionJobs } from './database/partitions.jobs';
import { ACCESS } from './platform/access.decorator';
import type { AccessRule, RouteAccess } from './platform/actor';
import { consoleFiles } from './platform/console-files';
import { Countries } from './platform/country';
import { WORKS_DURING_MAINTENANCE } from './platform/during-maintenance.decorator';
import { typeId } from './platform/ids';
import { edgeProblem, edgeReason, PROBLEM_CONTENT_TYPE } from './platform/problem';
import { RECORDED_QUERY } from './platform/recorded-query.decorator';
import { RefusalCounts } from './platform/refusal-counts';
import { ofRefusals } from './platform/security-headers';
import { MeasuredStore, ShippingFigures } from './platform/shipping-figures';
import { TroubleLog } from './platform/trouble-log';

export function recording(config: AppConfig): DynamicModule {
  return AuditModule.forRootAsync({
    inject: [ModuleRef, DataSource, ShippingFigures, TroubleLog, RefusalCounts],
    useFactory: (modules: ModuleRef, db: DataSource, ...[shipping, troubles, refusals]: [ShippingFigures, TroubleLog, RefusalCounts]) =>
      options(config, { modules, db, shipping, troubles, refusals }),
  });
}

type Parts = { modules: ModuleRef; db: DataSource; shipping: ShippingFigures; troubles: TroubleLog; refusals: RefusalCounts };

function options(config: AppConfig, { modules, db, shipping, troubles, refusals }: Parts): AuditOptions {
  const { mode, trustedProxies, maxJournalBytes } = config.audit;
  return {
    mode,
    trustedProxies,
    ...(maxJournalBytes === null ? {} : { maxJournalBytes }),
    directory: join(config.dataDirectory, 'journal'),
    // About a second's work of one process: whoever comes behind that is told at once to come again, instead of waiting.
    maxOpenRequests: 1_000,
    // The stop has 14 s for everything (product.ts): what a database that hangs does not take now, it takes at the next start.
    closeTimeoutMs: 3_000,
    store: new MeasuredStore(
      { url: config.database.url, onStray: (at) => modules.get(PartitionJobs, { strict: false }).makeStray(at) },
      shipping,
      (organizations) => modules.get(RecordNews, { strict: false }).stored(organizations),
    ),
    homeOrganizationId: () => homeOrganization(db),
    identify: async (edge) => {
      const identity = await modules.get(EarlyAuthentication, { strict: false }).identify(edge);
      if (!identity.refusal) return identity;
      refusals.count(identity.refusal.reason);
      const headers = { ...ofRefusals(config.publicUrl), ...identity.refusal.headers };
      return { ...identity, refusal: { ...identity.refusal, headers } };
    },
    isUnrecorded: unrecorded(consoleFiles(config.consoleDirectory)),
    requestId: (id) => typeId('req', id),
    problem: ({ code, id, mayHaveBeenDone }) => {
      refusals.count(edgeReason(code));
      return { contentType: PROBLEM_CONTENT_TYPE, body: edgeProblem(code, typeId('req', id), mayHaveBeenDone) };
    },
    country: modules.get(Countries, { strict: false }).of,
    describeRoute: ({ controller, handler }) => ({
      recordedQuery: (Reflect.getMetadata(RECORDED_QUERY, handler) as readonly string[] | undefined) ?? [],
      metadata: routeAccess(handler, controller.constructor),
    }),
    onError: (message, error) => troubles.report(message, error),
  };
}

function routeAccess(handler: object, controller: object): RouteAccess | null {
  const rule = (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, controller) ?? null) as AccessRule | null; // written by @Access and @Public
  return rule && { ...rule, mayNotWait: Reflect.hasMetadata(WORKS_DURING_MAINTENANCE, handler) };
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
