/** What the database server says of itself and of our place in it, in three questions. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { withDeadline } from './deadline';

const DATABASE_TIMEOUT_MS = 2_000;
/** A question that has hung for so long is given up: the server may be back on another address. */
const GIVE_UP_MS = 10_000;
/** A process tells every 5 s that it is alive. */
const DEAD_AFTER_SECONDS = 30;

type Facts = {
  worker: string;
  superuser: boolean;
  may_change_log: boolean;
  version: string;
  fsync: boolean;
  full_page_writes: boolean;
  synchronous_commit: string;
  partitions: string[];
  stray_rows: string;
};

/** A journal of a process on this database, this one's included. `unshipped`: its process is gone and it holds records that are not stored. */
export type JournalOfProcess = {
  journalId: string;
  host: string;
  pid: number;
  directory: string;
  startedAt: string;
  seenAt: string;
  secondsSinceSeen: number;
  /** As it said last: at least so many, for it may have taken more before it died. */
  pendingEntries: number;
  state: 'alive' | 'unshipped';
};

export type JobOutcome = { name: string; outcome: 'done' | 'failed'; endedAt: string; durationMs: number; failures: number; host: string };

export type DatabaseState = {
  version: string;
  fsync: boolean;
  fullPageWrites: boolean;
  synchronousCommit: string;
  roles: { separated: boolean; login: 'ordinary' | 'superuser' };
  /** `2025-12`, in order. */
  months: string[];
  /** Counted up to 100,000. */
  strayRows: number;
  journals: JournalOfProcess[];
  jobs: JobOutcome[];
};

@Injectable()
export class DatabaseProbe {
  private running: { answer: Promise<DatabaseState>; startedMs: number } | null = null;

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Null: the database does not answer in time. One question at a time, whoever asks how often: while the server hangs, callers of /readyz would
   * otherwise take one connection of the pool after the other.
   */
  async state(): Promise<DatabaseState | null> {
    const current = this.running;
    const { answer } = current !== null && performance.now() - current.startedMs < GIVE_UP_MS ? current : this.begin();
    try {
      return await withDeadline(answer, DATABASE_TIMEOUT_MS);
    } catch {
      return null;
    }
  }

  private begin(): { answer: Promise<DatabaseState> } {
    const question = { answer: this.ask(), startedMs: performance.now() };
    this.running = question;
    const end = (): void => {
      if (this.running === question) this.running = null;
    };
    question.answer.then(end, end);
    return question;
  }

  /** When PostgreSQL last wrote everything to its data files; null where the server does not tell us. */
  async lastCheckpoint(): Promise<string | null> {
    try {
      const rows = await this.dataSource.query<{ at: Date }[]>('select checkpoint_time as at from pg_control_checkpoint()');
      return rows[0]?.at.toISOString() ?? null;
    } catch {
      return null;
    }
  }

  private async ask(): Promise<DatabaseState> {
    const [facts] = await this.dataSource.query<[Facts]>(factsQuery);
    const journals = await this.dataSource.query<JournalRow[]>(journalsQuery);
    const jobs = await this.dataSource.query<JobRow[]>(
      'select name, outcome, ended_at, duration_ms, failures, host from job_outcome order by name',
    );
    return {
      version: facts.version,
      fsync: facts.fsync,
      fullPageWrites: facts.full_page_writes,
      synchronousCommit: facts.synchronous_commit,
      roles: {
        separated: facts.worker === 'pinebill_app' && !facts.may_change_log,
        login: facts.superuser ? 'superuser' : 'ordinary',
      },
      months: facts.partitions.flatMap((name) => monthOf(name) ?? []),
      strayRows: Number(facts.stray_rows),
      journals: journals.map(toJournal),
      jobs: jobs.map(toJob),
    };
  }
}

const factsQuery = `
select current_user as worker, (select rolsuper from pg_roles where rolname = session_user) as superuser,
  has_table_privilege('audit_log', 'update') or has_table_privilege('audit_log', 'delete') as may_change_log,
  current_setting('server_version') as version, current_setting('fsync')::boolean as fsync,
  current_setting('full_page_writes')::boolean as full_page_writes, current_setting('synchronous_commit') as synchronous_commit,
  array(select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'audit_log'::regclass order by 1) as partitions,
  stray_rows() as stray_rows`;

type JournalRow = {
  journal_id: string;
  host: string;
  pid: number;
  directory: string;
  started_at: Date;
  seen_at: Date;
  seconds_since_seen: number;
  pending_entries: string;
  stopped: boolean;
};

// Those that were stopped with nothing left are history.
const journalsQuery = `
select journal_id, host, pid, directory, started_at, seen_at, pending_entries, stopped_at is not null as stopped,
  extract(epoch from now() - seen_at)::float8 as seconds_since_seen
from audit_journal where stopped_at is null or pending_entries > 0 order by started_at`;

type JobRow = { name: string; outcome: JobOutcome['outcome']; ended_at: Date; duration_ms: number; failures: number; host: string };

function toJournal(row: JournalRow): JournalOfProcess {
  const silent = row.seconds_since_seen > DEAD_AFTER_SECONDS;
  return {
    journalId: row.journal_id,
    host: row.host,
    pid: row.pid,
    directory: row.directory,
    startedAt: row.started_at.toISOString(),
    seenAt: row.seen_at.toISOString(),
    secondsSinceSeen: Math.max(0, Math.round(row.seconds_since_seen)),
    pendingEntries: Number(row.pending_entries),
    state: row.stopped || silent ? 'unshipped' : 'alive',
  };
}

const toJob = ({ name, outcome, ended_at: endedAt, duration_ms: durationMs, failures, host }: JobRow): JobOutcome => ({
  name,
  outcome,
  endedAt: endedAt.toISOString(),
  durationMs,
  failures,
  host,
});

function monthOf(partition: string): string | null {
  const [, year, month] = /^audit_log_(\d{4})_(\d{2})$/.exec(partition) ?? [];
  return year !== undefined && month !== undefined ? `${year}-${month}` : null;
}
