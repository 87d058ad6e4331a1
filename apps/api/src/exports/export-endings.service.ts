/** How an export ends: with a signed manifest, or with a reason; in one transaction with its entry in the activity and the mail to whoever asked. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import { Outbox } from '../notifications';
import { systemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { typeId } from '../platform/ids';
import { SigningKeysService } from '../signing-keys';
import { ExportFailed, LeaseLost } from './export-run';
import { endFailed, endReady, keepLatest, type ExportRow, type FinishedFile, type Lease } from './exports.queries';
import { manifestText } from './manifest';

const KEPT_DAYS = 7;
const DAY_MS = 86_400_000;
/** Whoever waits shorter is still looking at the page. */
const WORTH_A_MAIL_MS = 60_000;

@Injectable()
export class ExportEndings {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly outbox: Outbox,
    private readonly keys: SigningKeysService,
    private readonly clock: Clock,
  ) {}

  async ready(row: ExportRow, lease: Lease, files: readonly FinishedFile[]): Promise<void> {
    const signer = await this.keys.current();
    const at = this.clock.now();
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    await this.tenant.run(lease, async (tx) => {
      const organization = { id: lease.organizationId, name: await nameOf(tx, lease.organizationId) };
      const manifest = manifestText(row, { organization, files, completedAt: at, key: signer.view });
      const expiresAt = new Date(at.getTime() + KEPT_DAYS * DAY_MS);
      const ending = {
        at,
        expiresAt,
        manifest,
        signature: signer.sign(manifest),
        signingKeyId: signer.id,
        rows,
        bytes,
      } as const;
      if (!(await endReady(tx, lease, ending))) throw new LeaseLost();
      if (row.schedule_id !== null) await keepLatest(tx, lease.organizationId, row.schedule_id);
      const after = { state: 'ready', rows, bytes, files: files.map(({ name, sha256 }) => `${name} ${sha256}`) };
      await this.activity.record(tx, {
        actor: systemActor('exports', lease.organizationId),
        action: 'export.finished',
        target: target(row),
        after,
      });
      await this.tell(tx, row, at, `Your export is ready`, `The export of ${sourceWords[row.source]} that you asked for is ready: ${rows.toLocaleString('en-US')} rows. Its files are kept for ${KEPT_DAYS} days.`); // prettier-ignore
    });
  }

  /** False: it was somebody else's to end. */
  async failed(row: ExportRow, lease: Lease, { code, message: detail }: ExportFailed): Promise<boolean> {
    const at = this.clock.now();
    return this.tenant.run(lease, async (tx) => {
      if (!(await endFailed(tx, lease, { at, code, detail }))) return false;
      const after = { state: 'failed', code };
      await this.activity.record(tx, {
        actor: systemActor('exports', lease.organizationId),
        action: 'export.failed',
        target: target(row),
        after,
      });
      await this.tell(tx, row, at, 'Your export failed', `The export of ${sourceWords[row.source]} that you asked for failed. ${detail} Nothing of it can be downloaded.`); // prettier-ignore
      await this.tellOfSchedule(tx, row, detail);
      return true;
    });
  }

  /** Nobody looks at what is made by the clock, so whoever set it is told at once. */
  private async tellOfSchedule(tx: EntityManager, row: ExportRow, detail: string): Promise<void> {
    const [schedule] = await tx.query<{ created_by: string }[]>(
      'select created_by from export_schedule where organization_id = $1 and id = $2',
      [row.organization_id, row.schedule_id],
    );
    if (!schedule) return;
    const { from, to } = row.request.filter;
    await this.queue(tx, row, schedule.created_by, {
      subject: 'A scheduled export failed',
      text: `The export of ${sourceWords[row.source]} from ${String(from)} to ${String(to)} (${row.created_by_name}) failed. ${detail} It is not made again by itself: start one over the same time.`,
    });
  }

  private async tell(tx: EntityManager, row: ExportRow, at: Date, subject: string, text: string): Promise<void> {
    if (row.created_by_type !== 'user' || row.created_by === null || at.getTime() - row.created_at.getTime() < WORTH_A_MAIL_MS) return;
    await this.queue(tx, row, row.created_by, { subject, text });
  }

  private queue(tx: EntityManager, row: ExportRow, userId: string, { subject, text }: { subject: string; text: string }): Promise<void> {
    const link = `${this.outbox.origin}/#/exports?export=${typeId('exp', row.id)}`;
    return this.outbox.queue(tx, {
      organizationId: row.organization_id,
      to: [{ userId }],
      requires: 'audit:export',
      subject,
      text: `${text}\n\n${link}`,
      dedupeKey: `export.ended:${row.id}`,
    });
  }
}

const sourceWords: Record<ExportRow['source'], string> = {
  auditLogs: 'API logs',
  activity: 'the activity',
  evidence: 'evidence',
  incidents: 'incidents',
  period: 'a whole period',
};

export const target = ({ id, source }: Pick<ExportRow, 'id' | 'source'>) => ({ type: 'export', id, name: sourceWords[source] }) as const;

async function nameOf(tx: EntityManager, organizationId: string): Promise<string> {
  const [row] = await tx.query<{ name: string }[]>('select name from organization where id = $1', [organizationId]);
  return row?.name ?? '';
}
