/** The read side of the API log: what the plan shows, of this organization, to those who may see it. */
import { Injectable } from '@nestjs/common';
import type { KeyState } from '@pinebill/contract';
import { getRecord, listRecords, type StoredRecord } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { requireId } from '../platform/ids';
import type { LogPage, LogRecord } from './audit-logs.dto';
import { keyStatesOf } from './key-states';
import { readLogQuery } from './log-query';
import { toLogRecord } from './log-record';
import { logViewOf, withoutAnonymous } from './log-view';

@Injectable()
export class AuditLogsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
  ) {}

  list(actor: Actor, parameters: unknown): Promise<LogPage> {
    const { filter, from, to, limit, order, cursor } = readLogQuery(parameters);
    const { organizationId } = actor;
    // What was asked for, not where retention begins today: that moves while somebody pages.
    const binding: CursorBinding = { list: 'audit-logs', organizationId, order, filter: { ...filter, from, to } };
    const position = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      const view = await logViewOf(tx, actor, this.clock.now());
      const rows = await listRecords(tx, {
        organizationId,
        filter: view.anonymousHidden ? withoutAnonymous(filter) : filter,
        from: from !== null && from > view.begins ? from : view.begins,
        to,
        order,
        limit: limit + 1,
        after: position && { occurredAt: position.at, id: position.id },
      });
      const shown = rows.slice(0, limit);
      const showing = { retentionDays: view.retentionDays, keyStates: await this.currentStates(tx, actor, shown) };
      const at = (row: StoredRecord) => ({ at: new Date(row.startedAt), id: row.id });
      return pageOf(rows, limit, { binding, at, view: (row) => toLogRecord(row, showing) });
    });
  }

  get(actor: Actor, id: string): Promise<LogRecord> {
    const uuid = requireId('log', id);
    return this.tenant.run(actor, async (tx) => {
      const view = await logViewOf(tx, actor, this.clock.now());
      const record = await getRecord(tx, actor.organizationId, uuid, { from: view.begins });
      if (!record || (view.anonymousHidden && record.actorType === 'anonymous')) {
        throw new AppError('resource_not_found', { detail: 'There is no record with this id, or the plan no longer shows it.' });
      }
      return toLogRecord(record, { retentionDays: view.retentionDays, keyStates: await this.currentStates(tx, actor, [record]) });
    });
  }

  private currentStates(
    tx: EntityManager,
    { organizationId }: Actor,
    records: readonly StoredRecord[],
  ): Promise<ReadonlyMap<string, KeyState>> {
    const ids = [...new Set(records.flatMap(({ apiKeyId }) => (apiKeyId === null ? [] : [apiKeyId])))];
    return keyStatesOf(tx, ids, { organizationId, now: this.clock.now() });
  }
}
