/**
 * The state of each part, for load balancers (the status alone) and operators (the details).
 *
 * Not ready is what this process cannot do its work with: it is starting or stopping, the database does not answer, the journal takes nothing.
 * Everything else is a warning: a balancer that took a process out for one would take out all of them at once.
 */
import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { AuditCoalescer, AuditWriter } from '@pinebill/nestjs-audit';
import { Clock } from './clock';
import { DatabaseProbe, type DatabaseState, type JournalOfProcess } from './database-probe';
import { Lifecycle } from './lifecycle';
import { recordingState, type RecordingState } from './recording-state';
import { ShippingFigures, type ShippedBatch } from './shipping-figures';
import { warningsOf, type Warning } from './warnings';

export type Readiness = {
  ready: boolean;
  /** The most pressing first. */
  warnings: Warning[];
  parts: {
    process: { state: string; host: string; pid: number; startedAt: string };
    /** `safe`: what was committed survives a crash. Null while it does not answer. */
    database: { reachable: boolean; version: string | null; settings: DurabilitySettings | null };
    /** `separated`: the working role may only add to the audit log. `login`: whether the login itself could do more. */
    roles: DatabaseState['roles'] | null;
    /** `unshipped`: journals of dead processes; null while the database does not answer. */
    journal: RecordingState['journal'] & { unshipped: JournalOfProcess[] | null };
    shipper: RecordingState['shipper'] & { lastBatch: ShippedBatch | null };
    partitions: { months: string[]; strayRows: number } | null;
    mode: RecordingState['mode'];
    modeSince: string | null;
  };
  /** Every process on this database whose journal counts, for the System page. */
  journals: JournalOfProcess[] | null;
  jobs: DatabaseState['jobs'] | null;
};

export type DurabilitySettings = { safe: boolean; fsync: boolean; fullPageWrites: boolean; synchronousCommit: string };

const startedAt = new Date(Date.now() - process.uptime() * 1_000).toISOString();

@Injectable()
export class ReadinessCheck {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly database: DatabaseProbe,
    private readonly writer: AuditWriter,
    private readonly coalescer: AuditCoalescer,
    private readonly shipping: ShippingFigures,
    private readonly clock: Clock,
  ) {}

  async check(): Promise<Readiness> {
    const database = await this.database.state();
    const now = this.clock.now();
    const recording = recordingState({ writer: this.writer, coalescer: this.coalescer }, now);
    const isLeft = ({ state, journalId }: JournalOfProcess): boolean => state === 'unshipped' && journalId !== recording.journal.journalId;
    const unshipped = database?.journals.filter(isLeft) ?? null;
    return {
      ready: this.lifecycle.current === 'ready' && database !== null && takesRecords(recording.journal),
      warnings: warningsOf({ database, unshipped: unshipped ?? [], recording, now }),
      parts: {
        process: { state: this.lifecycle.current, host: hostname(), pid: process.pid, startedAt },
        ...ofDatabase(database),
        journal: { ...recording.journal, unshipped },
        shipper: { ...recording.shipper, lastBatch: this.shipping.lastBatch },
        mode: recording.mode,
        modeSince: recording.modeSince,
      },
      journals: database?.journals ?? null,
      jobs: database?.jobs ?? null,
    };
  }
}

const takesRecords = ({ storage, error }: RecordingState['journal']): boolean => storage !== 'full' && error === null;

function ofDatabase(database: DatabaseState | null): Pick<Readiness['parts'], 'database' | 'roles' | 'partitions'> {
  if (database === null) return { database: { reachable: false, version: null, settings: null }, roles: null, partitions: null };
  const { version, roles, months, strayRows } = database;
  return { database: { reachable: true, version, settings: settingsOf(database) }, roles, partitions: { months, strayRows } };
}

function settingsOf({ fsync, fullPageWrites, synchronousCommit }: DatabaseState): DurabilitySettings {
  return { safe: fsync && fullPageWrites && synchronousCommit !== 'off', fsync, fullPageWrites, synchronousCommit };
}
