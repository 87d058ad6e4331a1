/**
 * What the System page shows. The state of the installation is the business of the organization it belongs to (the home organization): admins
 * of others see their own log, not the machine that many share.
 */
import { Injectable } from '@nestjs/common';
import { AuditCoalescer } from '@pinebill/nestjs-audit';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { DatabaseProbe } from '../platform/database-probe';
import { typeId } from '../platform/ids';
import { readLimit, readQuery, readText } from '../platform/query';
import { ReadinessCheck, type Readiness } from '../platform/readiness';
import { TestMail } from '../notifications';
import type { TestMailSent, QuarantinedRecord, QuarantinePage, SystemCheckpoint, SystemView } from './system.dto';
import { quarantined, type QuarantineRow } from './system.queries';

@Injectable()
export class SystemService {
  private home: string | null = null;

  constructor(
    private readonly tenant: Tenant,
    private readonly readiness: ReadinessCheck,
    private readonly database: DatabaseProbe,
    private readonly coalescer: AuditCoalescer,
    private readonly testMail: TestMail,
  ) {}

  async get(actor: Actor, parameters: unknown): Promise<SystemView> {
    readQuery(parameters, []);
    await this.requireHome(actor);
    const [state, checkpointAt] = await Promise.all([this.readiness.check(), this.database.lastCheckpoint()]);
    return toView(state, {
      coalesced: this.coalescer.total,
      checkpoints: [
        { part: 'journal', at: state.parts.journal.lastFlushedAt },
        { part: 'shipper', at: state.parts.shipper.lastShippedAt },
        { part: 'partitions', at: lastPartitionJob(state) },
        { part: 'postgres', at: checkpointAt },
      ],
    });
  }

  async quarantine(actor: Actor, parameters: unknown): Promise<QuarantinePage> {
    const query = readQuery(parameters, ['limit', 'cursor']);
    const [limit, cursor] = [readLimit(query), readText(query, 'cursor')];
    await this.requireHome(actor);
    const { organizationId } = actor;
    const binding: CursorBinding = { list: 'system/quarantine', organizationId, order: 'desc', filter: null };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) =>
      pageOf(await quarantined(tx, { limit: limit + 1, after }), limit, { binding, at: (row) => row, view: toRecord }),
    );
  }

  /** The server's own words go to whoever can do something about it. */
  async sendTestMail(actor: Actor): Promise<TestMailSent> {
    await this.requireHome(actor);
    return this.testMail.send(actor);
  }

  private async requireHome(actor: Actor): Promise<void> {
    this.home ??= await this.tenant.run(actor, async (tx) => {
      const rows = await tx.query<{ id: string }[]>('select home_organization() as id');
      return rows[0]?.id ?? null;
    });
    if (actor.organizationId !== this.home)
      throw new AppError('insufficient_role', {
        detail:
          'The state of the installation is shown to admins of the organization that it belongs to. Ask whoever runs it; your own log is at /v1/audit-logs.',
      });
  }
}

/** Every start makes the months as well, and does not succeed otherwise. */
function lastPartitionJob({ jobs, parts }: Readiness): string {
  const job = jobs?.find(({ name, outcome }) => name === 'audit.partitions' && outcome === 'done');
  return job !== undefined && job.endedAt > parts.process.startedAt ? job.endedAt : parts.process.startedAt;
}

function toView(
  { ready, warnings, parts, journals, jobs }: Readiness,
  { coalesced, checkpoints }: { coalesced: number; checkpoints: SystemCheckpoint[] },
): SystemView {
  const { journal, shipper, database, roles, partitions, quarantine, mode, modeSince, process } = parts;
  const { entries, intents, bytes, maxBytes, storage, journalId } = journal;
  return {
    ready,
    checkedAt: new Date().toISOString(),
    mode,
    modeSince,
    process,
    database: { ...database, roles },
    journal: { entries, intents, bytes, maxBytes, storage },
    shipper: { lagSeconds: shipper.lagSeconds, lastError: shipper.lastError, lastBatch: shipper.lastBatch },
    partitions,
    checkpoints,
    counts: {
      unrecordable: journal.refused,
      overload: journal.overloadRefused,
      coalesced,
      lost: shipper.lost,
      quarantined: quarantine?.records ?? null,
      damaged: journal.damaged,
    },
    processes: (journals ?? []).map(({ host, pid, directory, startedAt, seenAt, pendingEntries, state, journalId: id }) => {
      const self = id === journalId;
      return { journalId: id, host, pid, directory, startedAt, seenAt, pendingEntries, state: self ? 'alive' : state, self };
    }),
    mail: parts.mail,
    detection: parts.detection,
    jobs: jobs ?? [],
    warnings,
  };
}

function toRecord(row: QuarantineRow): QuarantinedRecord {
  return {
    journalId: row.journal_id,
    offset: row.journal_offset,
    quarantinedAt: row.at.toISOString(),
    error: row.error,
    organization: row.organization_id === null ? null : { id: typeId('org', row.organization_id), name: row.organization_name },
    record: row.record?.toString('utf8') ?? null,
  };
}
