/** The read side of the API log: what the plan shows, of this organization, to those who may see it. */
import { Injectable } from '@nestjs/common';
import { listRecords, type StoredRecord } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { requireId } from '../platform/ids';
import { Turns } from '../platform/turns';
import type { LogPage, LogRecord } from './audit-logs.dto';
import { keyStatesOf } from './key-states';
import { readLogQuery } from './log-query';
import { toLogRecord } from './log-record';
import { LogViews } from './log-views';
import { recordFilter } from './record-filter';
import { shownRecord } from './shown-record';

/** Of an organization in a process: most take milliseconds, one that no index helps up to the time limit of a statement. */
const AT_ONCE = 6;
const MOST_WAITING = 200;

@Injectable()
export class AuditLogsService {
  private readonly turns = new Turns(AT_ONCE, MOST_WAITING);

  constructor(
    private readonly tenant: Tenant,
    private readonly views: LogViews,
  ) {}

  list(actor: Actor, parameters: unknown): Promise<LogPage> {
    return this.turns.take(actor, () => this.read(actor, parameters));
  }

  private read(actor: Actor, parameters: unknown): Promise<LogPage> {
    const { filter, from, to, limit, order, cursor } = readLogQuery(parameters);
    const { organizationId } = actor;
    // What was asked for, not where retention begins today: that moves while somebody pages.
    const binding: CursorBinding = { list: 'audit-logs', organizationId, order, filter: { ...filter, from, to } };
    const position = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      const view = await this.views.of(tx, actor);
      const rows = await listRecords(tx, {
        organizationId,
        filter: view.narrowed(await recordFilter(tx, organizationId, filter), actor),
        from: view.from(from),
        to,
        order,
        limit: limit + 1,
        after: position && { occurredAt: position.at, id: position.id },
      });
      const shown = rows.slice(0, limit);
      const showing = { retentionDays: view.retentionDays, keyStates: await keyStatesOf(tx, shown, { organizationId, now: view.now }) };
      const at = (row: StoredRecord) => ({ at: new Date(row.startedAt), id: row.id });
      return pageOf(rows, limit, { binding, at, view: (row) => toLogRecord(row, showing) });
    });
  }

  get(actor: Actor, id: string): Promise<LogRecord> {
    const uuid = requireId('log', id);
    const { organizationId } = actor;
    return this.tenant.run(actor, async (tx) => {
      const view = await this.views.of(tx, actor);
      const { record } = await shownRecord(tx, { actor, id: uuid, view });
      const keyStates = await keyStatesOf(tx, [record], { organizationId, now: view.now });
      return toLogRecord(record, { retentionDays: view.retentionDays, keyStates });
    });
  }

  /** Each as `get` shows it, in a transaction of the caller's; throws when one of them is not shown. */
  async within(tx: EntityManager, actor: Actor, uuids: readonly string[]): Promise<{ stored: StoredRecord; shown: LogRecord }[]> {
    const view = await this.views.of(tx, actor);
    const stored: StoredRecord[] = [];
    for (const id of uuids) stored.push((await shownRecord(tx, { actor, id, view })).record);
    const keyStates = await keyStatesOf(tx, stored, { organizationId: actor.organizationId, now: view.now });
    return stored.map((record) => ({ stored: record, shown: toLogRecord(record, { retentionDays: view.retentionDays, keyStates }) }));
  }

  /** Those of them that are still there and shown to this reader, in the order of the ids. */
  async shownOf(tx: EntityManager, actor: Actor, uuids: readonly string[]): Promise<{ stored: StoredRecord; shown: LogRecord }[]> {
    const found: { stored: StoredRecord; shown: LogRecord }[] = [];
    for (const id of uuids) {
      try {
        found.push(...(await this.within(tx, actor, [id])));
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'resource_not_found') throw error;
      }
    }
    return found;
  }

  /** Whether the records of nobody are kept from this reader. */
  async hidesAnonymousFrom(tx: EntityManager, actor: Actor): Promise<boolean> {
    return (await this.views.of(tx, actor)).hidesAnonymousFrom(actor);
  }
}
