/** What becomes of a delivery, in one transaction with its entry in the activity and the mail to whoever made the schedule. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Activity } from '../../activity';
import { Tenant } from '../../database/tenant';
import { Outbox } from '../../notifications';
import { systemActor } from '../../platform/actor';
import { Clock } from '../../platform/clock';
import { typeId } from '../../platform/ids';
import { target } from '../export-endings.service';
import type { ExportRow } from '../exports.queries';
import { keepDelivery, type DeliveryLease, type DeliveryRow } from './deliveries.queries';
import { isFinal, type DeliveryFailed, type DestinationKind } from './destination';

/** A minute after the first failure, six hours after the sixth and later ones: 40 hours in all. */
const PAUSES_MINUTES = [1, 5, 15, 60, 180, 360];
const MOST_FAILURES = 12;
/** Somebody should look: what passes by itself within minutes has passed by then (6, and what the attempts themselves took). */
const TELL_AFTER = 3;

@Injectable()
export class DeliveryEndings {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  delivered(
    row: ExportRow,
    lease: DeliveryLease,
    { destination, location, files }: { destination: DestinationKind; location: string; files: string[] },
  ): Promise<void> {
    return this.tenant.run(lease, async (tx) => {
      const change = { state: 'delivered', failures: 0, code: null, deliveredAt: this.clock.now(), location } as const;
      if (!(await keepDelivery(tx, lease, change))) return;
      await this.note(tx, row, 'export.delivered', { destination, location, files });
    });
  }

  failed(row: ExportRow, { taken, lease }: { taken: DeliveryRow; lease: DeliveryLease }, { code, message }: DeliveryFailed): Promise<void> {
    const failures = taken.failures + 1;
    const over = isFinal(code) || failures >= MOST_FAILURES;
    const minutes = PAUSES_MINUTES[Math.min(failures, PAUSES_MINUTES.length) - 1] ?? 0;
    const nextAt = new Date(this.clock.now().getTime() + minutes * 60_000);
    return this.tenant.run(lease, async (tx) => {
      const change = { state: over ? 'failed' : 'waiting', failures, code, failure: message, nextAt } as const;
      if (!(await keepDelivery(tx, lease, change))) return;
      if (over) await this.note(tx, row, 'export.delivery_failed', { code, failures });
      if (over || failures === TELL_AFTER) await this.tell(tx, { row, taken, over }, message);
    });
  }

  private note(tx: EntityManager, row: ExportRow, action: string, after: Record<string, unknown>): Promise<void> {
    const actor = systemActor('exports', row.organization_id);
    return this.activity.record(tx, { actor, action, target: target(row), after });
  }

  private tell(tx: EntityManager, { row, taken, over }: { row: ExportRow; taken: DeliveryRow; over: boolean }, why: string): Promise<void> {
    const goesOn = over ? 'It is not tried again by itself; you can do so there:' : 'It is tried again by itself, later each time:';
    return this.outbox.queue(tx, {
      organizationId: row.organization_id,
      to: [{ userId: taken.created_by }],
      requires: 'audit:export',
      subject: over ? 'A scheduled export was not delivered' : 'A scheduled export cannot be delivered for now',
      text: `An export of ${row.created_by_name} is ready, and could not be delivered. ${why}\n\n${goesOn}\n\n${this.outbox.origin}/#/exports?export=${typeId('exp', row.id)}`,
      dedupeKey: `export.delivery:${row.id}:${over ? `over:${taken.attempt}` : 'later'}`,
    });
  }
}
