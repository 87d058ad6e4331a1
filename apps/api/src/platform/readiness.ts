/**
 * The state of each part, for load balancers (the status alone) and operators (the details).
 *
 * Not ready is what this process cannot do its work with: it is starting or stopping, the database does not answer, the journal takes nothing (in mode async it
 * drops and counts instead).
 * Everything else is a warning: a balancer that took a process out for one would take out all of them at once.
 */
import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { AuditCoalescer, AuditWriter } from '@pinebill/nestjs-audit';
import { APP_CONFIG, type AppConfig } from '../config';
import { ChangeChannel } from '../database/change-channel';
import { DatabaseWatch } from '../database/database-watch';
import { Clock } from './clock';
import { DatabaseProbe, type DatabaseState, type JournalOfProcess } from './database-probe';
import { Lifecycle } from './lifecycle';
import { type DetectionFigures, Lateness } from './detection-state';
import type { MailState } from './mail-state';
import { recordingState, type RecordingState } from './recording-state';
import { warningsOf, type Warning } from './warnings';

export type Readiness = {
  ready: boolean;
  /** The most pressing first. */
  warnings: Warning[];
  parts: {
    process: { state: string; host: string; pid: number; startedAt: string };
    /** `safe`: what was committed survives a crash. Null while it does not answer. `asOf`: when it said all that is told of it here. */
    database: { reachable: boolean; asOf: string | null; version: string | null; settings: DurabilitySettings | null };
    /** `separated`: the working role may only add to what is append-only. `login`: whether the login itself could do more. */
    roles: DatabaseState['roles'] | null;
    /** `unshipped`: journals of dead processes; null while the database does not answer. */
    journal: RecordingState['journal'] & { unshipped: JournalOfProcess[] | null };
    shipper: RecordingState['shipper'];
    partitions: { months: string[]; strayRows: number | null } | null;
    /** Of all processes and organizations; null: not known. */
    quarantine: { records: number | null } | null;
    mode: RecordingState['mode'];
    modeSince: string | null;
    /** Null: not known. */
    mail: MailState | null;
    /** Null: not known. */
    detection: DetectionFigures | null;
  };
  /** Every process on this database whose journal counts, for the System page. */
  journals: JournalOfProcess[] | null;
  jobs: DatabaseState['jobs'] | null;
};

export type DurabilitySettings = { safe: boolean; fsync: boolean; fullPageWrites: boolean; synchronousCommit: string };

const startedAt = new Date(Date.now() - process.uptime() * 1_000).toISOString();

@Injectable()
export class ReadinessCheck {
  private readonly lateness = new Lateness();

  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly database: DatabaseProbe,
    private readonly writer: AuditWriter,
    private readonly coalescer: AuditCoalescer,
    private readonly watch: DatabaseWatch,
    private readonly clock: Clock,
    private readonly changes: ChangeChannel,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'mail'>,
  ) {}

  /** For a load balancer: at once, whatever the database is busy with. */
  isReady(): boolean {
    return this.lifecycle.current === 'ready' && this.watch.isAnswering && takesRecords(this.recording());
  }

  async check(): Promise<Readiness> {
    const { isAnswering } = this.watch;
    const database = isAnswering ? await this.database.state() : null;
    const recording = this.recording();
    const mail = this.mailState(database);
    const isLeft = ({ state, journalId }: JournalOfProcess): boolean => state !== 'alive' && journalId !== recording.journal.journalId;
    const unshipped = database?.journals.filter(isLeft) ?? null;
    const now = this.clock.now();
    return {
      ready: this.isReady(),
      warnings: warningsOf({
        isAnswering,
        database,
        unshipped: unshipped ?? [],
        recording,
        unheardSeconds: this.changes.unheardSeconds,
        mail,
        isDetectionLate: this.lateness.isLate(database, now),
        now,
      }),
      parts: {
        process: { state: this.lifecycle.current, host: hostname(), pid: process.pid, startedAt },
        ...ofDatabase(isAnswering, database),
        journal: { ...recording.journal, unshipped },
        shipper: recording.shipper,
        mode: recording.mode,
        modeSince: recording.modeSince,
        mail,
      },
      journals: database?.journals ?? null,
      jobs: database?.jobs ?? null,
    };
  }

  private mailState(database: DatabaseState | null): MailState | null {
    return database?.mail ? { configured: this.config.mail !== null, ...database.mail } : null;
  }

  private recording(): RecordingState {
    return recordingState({ writer: this.writer, coalescer: this.coalescer }, this.clock.now());
  }
}

/** In mode async a request is answered all the same: what cannot be recorded is dropped and counted. */
const takesRecords = ({ mode, journal: { storage, error } }: RecordingState): boolean =>
  mode === 'async' || (storage !== 'full' && error === null);

type OfDatabase = Pick<Readiness['parts'], 'database' | 'roles' | 'partitions' | 'quarantine' | 'detection'>;

function ofDatabase(reachable: boolean, database: DatabaseState | null): OfDatabase {
  if (database === null)
    return {
      database: { reachable, asOf: null, version: null, settings: null },
      ...{ roles: null, partitions: null, quarantine: null, detection: null },
    };
  const { asOf, version, roles, months, strayRows, quarantined, detection } = database;
  return {
    database: { reachable, asOf, version, settings: settingsOf(database) },
    roles,
    partitions: { months, strayRows },
    quarantine: { records: quarantined },
    detection,
  };
}

function settingsOf({ fsync, fullPageWrites, synchronousCommit }: DatabaseState): DurabilitySettings {
  return { safe: fsync && fullPageWrites && synchronousCommit !== 'off', fsync, fullPageWrites, synchronousCommit };
}
