/** The state of each part, for load balancers (the status alone) and operators (the details). */
import { Injectable } from '@nestjs/common';
import { AuditWriter } from '@pinebill/nestjs-audit';
import { DataSource } from 'typeorm';
import { Clock } from './clock';
import { Lifecycle } from './lifecycle';

const DATABASE_TIMEOUT_MS = 2_000;

type RolesRow = { worker: string; superuser: boolean; may_change_log: boolean };

export type Readiness = {
  ready: boolean;
  parts: {
    process: { state: string };
    database: { reachable: boolean };
    /** `separated`: the working role may only add to the audit log. `login`: whether the login itself could do more. */
    roles: { separated: boolean; login: 'ordinary' | 'superuser' } | null;
    journal: { entries: number; bytes: number; maxBytes: number; refused: number; damaged: number };
    shipper: {
      lastShippedAt: string | null;
      lastShippedSecondsAgo: number | null;
      lastError: string | null;
      quarantined: number;
      lost: number;
    };
    mode: string;
  };
};

@Injectable()
export class ReadinessCheck {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly dataSource: DataSource,
    private readonly writer: AuditWriter,
    private readonly clock: Clock,
  ) {}

  async check(): Promise<Readiness> {
    const [roles, writer] = [await this.roles(), this.writer.status()];
    const journalFull = writer.journalBytes >= writer.maxJournalBytes;
    return {
      ready: this.lifecycle.current === 'ready' && roles !== null && !journalFull,
      parts: {
        process: { state: this.lifecycle.current },
        database: { reachable: roles !== null },
        roles: roles && {
          separated: roles.worker === 'pinebill_app' && !roles.may_change_log,
          login: roles.superuser ? 'superuser' : 'ordinary',
        },
        journal: {
          entries: writer.pendingEntries,
          bytes: writer.journalBytes,
          maxBytes: writer.maxJournalBytes,
          refused: writer.refused,
          damaged: writer.damaged,
        },
        shipper: {
          lastShippedAt: writer.shippedAt?.toISOString() ?? null,
          lastShippedSecondsAgo: writer.shippedAt && Math.round((this.clock.now().getTime() - writer.shippedAt.getTime()) / 1_000),
          lastError: writer.lastError,
          quarantined: writer.quarantined,
          lost: writer.lost,
        },
        mode: writer.mode,
      },
    };
  }

  /** Null: the database does not answer in time. */
  private async roles(): Promise<RolesRow | null> {
    const asked = this.dataSource.query<RolesRow[]>(
      `select current_user as worker, (select rolsuper from pg_roles where rolname = session_user) as superuser,
         has_table_privilege('audit_log', 'update') or has_table_privilege('audit_log', 'delete') as may_change_log`,
    );
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<null>((resolve) => (timer = setTimeout(resolve, DATABASE_TIMEOUT_MS, null)));
    try {
      const rows = await Promise.race([asked.catch(() => null), tooLate]);
      return rows?.[0] ?? null;
    } finally {
      clearTimeout(timer);
    }
  }
}
