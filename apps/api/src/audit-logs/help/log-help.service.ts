/**
 * Why one request ended as it did, from what its record alone does not tell: the operation, the nearest route, what the key can do now, what the caller did
 * next, and whether the failure came once or goes on. Only for the status that it belongs to, and never more than a few rows are read.
 */
import { Injectable } from '@nestjs/common';
import { everyRecord, listRecords, type StoredRecord } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { ApiOperations, type ApiOperation } from '../../platform/api-operations';
import { requireId, typeId } from '../../platform/ids';
import { shownRecord, type ShownRecord } from '../shown-record';
import { LogViews } from '../log-views';
import type { HelpFailure, HelpNotFound, HelpOperation, HelpRetry, HelpScope, LogHelp } from './log-help.dto';
import { failuresAround, mostWithin } from './same-failures';
import { SupportContacts } from './support-contact.service';

/** A timer of the caller may go off a little early. */
const TOLERANCE_SECONDS = 0.1;
const PERSISTS_FROM = 3;

/** `failures`: around the record, where they have been looked up already. */
type Context = ShownRecord & { tx: EntityManager; actor: Actor; failures?: readonly StoredRecord[] };

export const isFailure = ({ status }: StoredRecord): boolean => (status ?? 0) >= 500;

@Injectable()
export class LogHelpService {
  constructor(
    private readonly tenant: Tenant,
    private readonly views: LogViews,
    private readonly operations: ApiOperations,
    private readonly contacts: SupportContacts,
  ) {}

  help(actor: Actor, id: string): Promise<LogHelp> {
    const uuid = requireId('log', id);
    return this.tenant.run(actor, async (tx) => {
      const shown = await shownRecord(tx, { actor, id: uuid, view: await this.views.of(tx, actor) });
      return this.of({ ...shown, tx, actor });
    });
  }

  async of(context: Context): Promise<LogHelp> {
    const { record } = context;
    const operation = this.operations.find(record.method === 'HEAD' ? 'GET' : record.method, record.route);
    return {
      id: typeId('log', record.id),
      requestId: typeId('req', record.id),
      operation: operation && toOperation(operation),
      scope: record.reason === 'missing_scope' ? await lackedScope(context, operation) : null,
      notFound: record.status === 404 ? this.notFound(record) : null,
      retry: await retryOf(context),
      failure: isFailure(record) ? await this.failure(context) : null,
    };
  }

  private notFound({ reason, method, path, route }: StoredRecord): HelpNotFound {
    if (route !== null)
      return { kind: 'unknownId', nearest: null, hasFormOfId: idsOf(path ?? '', route).every((segment) => anyId.test(segment)) };
    const nearest = path === null ? null : this.operations.nearest(method, path);
    return {
      kind: reason === 'wrong_version' ? 'wrongVersion' : 'noSuchRoute',
      nearest: nearest && toOperation(nearest),
      hasFormOfId: null,
    };
  }

  private async failure(context: Context): Promise<HelpFailure> {
    const failures = context.failures ?? (await failuresAround(context));
    const times = failures.map(({ startedAt }) => Date.parse(startedAt));
    const most = mostWithin(times, Date.parse(context.record.startedAt));
    return {
      persists: most.length >= PERSISTS_FROM,
      times: most.length,
      from: iso(most[0]),
      to: iso(most.at(-1)),
      contact: await this.contacts.within(context.tx, context.actor),
    };
  }
}

const iso = (at: number | undefined): string => new Date(at ?? 0).toISOString();

const toOperation = ({ id, method, route, summary, reference, takesBody }: ApiOperation): HelpOperation => ({ id, method, route, summary, reference, takesBody }); // prettier-ignore

/** What stands in a path where its template has parameters. */
function idsOf(path: string, route: string): string[] {
  const sent = path.split('/');
  return route.split('/').flatMap((segment, at) => (segment.startsWith('{') ? [sent[at] ?? ''] : []));
}
const anyId = /^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** As the record says it; records of before say it in their sentence, and the operation knows it too. */
function scopeOf({ error }: StoredRecord, operation: ApiOperation | null): string | null {
  const recorded = error?.figures?.['scope'] ?? /\bscope ([a-z]+:[a-z]+)\b/.exec(error?.detail ?? '')?.[1];
  return recorded === undefined ? (operation?.scope ?? null) : String(recorded);
}

async function lackedScope({ tx, actor, record }: Context, operation: ApiOperation | null): Promise<HelpScope> {
  const needed = scopeOf(record, operation);
  const [key] = await tx.query<{ scopes: string[] }[]>('select scopes from api_key where organization_id = $1 and id = $2', [
    actor.organizationId,
    record.apiKeyId,
  ]);
  return { needed, hasItNow: key && needed !== null ? key.scopes.includes(needed) : null };
}

async function retryOf({ tx, actor, view, record }: Context): Promise<HelpRetry | null> {
  const seconds = record.error?.figures?.['retryAfterSeconds'];
  if (record.status !== 429 || seconds === undefined) return null;
  const retryAfterSeconds = Number(seconds);
  // The caller was told when the answer left.
  const told = Date.parse(record.startedAt) + (record.durationMs ?? 0);
  const [next] =
    record.apiKeyId === null
      ? []
      : await listRecords(tx, {
          organizationId: actor.organizationId,
          filter: view.narrowed(
            { ...everyRecord, conditions: [{ field: 'apiKeyId', negated: false, anyOf: [{ kind: 'exact', value: record.apiKeyId }] }] },
            actor,
          ),
          from: new Date(Math.ceil(told)),
          to: null,
          order: 'asc',
          limit: 1,
          after: null,
        });
  const afterSeconds = next ? (Date.parse(next.startedAt) - told) / 1_000 : 0;
  return {
    retryAfterSeconds,
    retryAt: new Date(told + retryAfterSeconds * 1_000).toISOString(),
    next: next ? { id: typeId('log', next.id), startedAt: next.startedAt, afterSeconds } : null,
    respected: next ? afterSeconds >= retryAfterSeconds - TOLERANCE_SECONDS : null,
  };
}
