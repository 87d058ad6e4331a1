/** What the database server says of itself and of our place in it. Whether it answers at all is the question of DatabaseWatch. */
import { Injectable } from '@nestjs/common';
import { openJournals, type JournalState } from '@pinebill/nestjs-audit';
import { DataSource } from 'typeorm';
import { withDeadline } from './deadline';
import { readDetectionFigures, type DetectionFigures } from './detection-state';
import { readMailFigures, type MailFigures } from './mail-state';

/** Beyond this what it said last is shown. */
const ANSWER_MS = 1_000;
const STATEMENT_MS = 5_000;
/** A question that has hung for so long is given up: the server may be back on another address. */
const GIVE_UP_MS = 10_000;
/** A process tells every 5 s that it is alive. */
const DEAD_AFTER_SECONDS = 30;
/** The product may add to these and read them, nothing else. Of audit_log the partitions as well, which it may not even read. */
const appendOnly = [
  'activity',
  'audit_agent',
  'audit_caller',
  'audit_log',
  'audit_quarantine',
  'audit_route',
  'purge_certificate',
  'review',
];

type Facts = {
  worker: string;
  login: DatabaseState['roles']['login'];
  may_change: string[];
  version: string;
  fsync: boolean;
  full_page_writes: boolean;
  synchronous_commit: string;
  partitions: string[];
};

/** A journal of a process on this database, this one's included. */
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
  /**
   * `unshipped`: its process is gone and it holds records that are not stored. `vanished`: its process is gone without a word, and had nothing to store
   * when it was last heard of, seconds before.
   */
  state: 'alive' | 'unshipped' | 'vanished';
};

export type JobOutcome = { name: string; outcome: 'done' | 'failed'; endedAt: string; durationMs: number; failures: number; host: string };

export type DatabaseState = {
  /** When it began to say so: a change before it is told, one after it may be. */
  asOf: string;
  version: string;
  fsync: boolean;
  fullPageWrites: boolean;
  synchronousCommit: string;
  roles: { separated: boolean; login: 'ordinary' | 'owner' | 'superuser' };
  /** Tables and partitions that the product could change although it must not. */
  mayChange: string[];
  /** `2025-12`, in order. */
  months: string[];
  /** Counted up to 100,000; null: not known, somebody holds the table. */
  strayRows: number | null;
  /** Records in the quarantine, of all organizations and processes; as `strayRows`. */
  quarantined: number | null;
  journals: JournalOfProcess[];
  jobs: JobOutcome[];
  /** Null: not known, somebody holds the table. */
  mail: MailFigures | null;
  /** As `mail`. */
  detection: DetectionFigures | null;
};

@Injectable()
export class DatabaseProbe {
  private running: { answer: Promise<DatabaseState>; startedMs: number } | null = null;
  private last: DatabaseState | null = null;

  constructor(private readonly dataSource: DataSource) {}

  /**
   * What it said last, if it does not say it again in time: the pool may be used up, a table locked. Null: it never has. One question at a time,
   * whoever asks how often: callers of /readyz would otherwise take one connection of the pool after the other.
   */
  async state(): Promise<DatabaseState | null> {
    const current = this.running;
    const { answer } = current !== null && performance.now() - current.startedMs < GIVE_UP_MS ? current : this.begin();
    await withDeadline(answer, ANSWER_MS).catch(() => undefined);
    return this.last;
  }

  private begin(): { answer: Promise<DatabaseState> } {
    const question = { answer: this.ask(), startedMs: performance.now() };
    this.running = question;
    const end = (): void => {
      if (this.running === question) this.running = null;
    };
    // Kept also when nobody waits for it any more.
    void question.answer.then((state) => (this.last = state)).then(end, end);
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
    const [asOf, facts, journals, jobs] = await this.dataSource.transaction(async (tx) => {
      const begun = new Date().toISOString();
      await tx.query(`set local statement_timeout = ${STATEMENT_MS}`);
      const [found] = await tx.query<[Facts]>(factsQuery, [appendOnly]);
      const open = await openJournals({ query: (sql) => tx.query(sql) });
      return [begun, found, open, await tx.query<JobRow[]>(jobsQuery)] as const;
    });
    return {
      asOf,
      version: facts.version,
      fsync: facts.fsync,
      fullPageWrites: facts.full_page_writes,
      synchronousCommit: facts.synchronous_commit,
      roles: { separated: facts.worker === 'pinebill_app' && facts.may_change.length === 0, login: facts.login },
      mayChange: facts.may_change,
      months: facts.partitions.flatMap((name) => monthOf(name) ?? []),
      strayRows: await this.count('stray_rows', this.last?.strayRows),
      quarantined: await this.count('quarantined_records', this.last?.quarantined),
      journals: journals.map(toJournal),
      jobs: jobs.map(toJob),
      mail: await readMailFigures(this.dataSource).catch(() => this.last?.mail ?? null),
      detection: await readDetectionFigures(this.dataSource).catch(() => this.last?.detection ?? null),
    };
  }

  /** By itself: whoever holds that table keeps nothing else from being known. */
  private async count(what: 'stray_rows' | 'quarantined_records', before: number | null = null): Promise<number | null> {
    try {
      const [row] = await this.dataSource.query<{ count: string }[]>(`select ${what}() as count`);
      return Number(row?.count);
    } catch {
      return before;
    }
  }
}

const factsQuery = `
select current_user as worker,
  case when (select rolsuper from pg_roles where rolname = session_user) then 'superuser'
    when pg_has_role(session_user, 'pinebill_maintenance', 'member') then 'owner' else 'ordinary' end as login,
  current_setting('server_version') as version, current_setting('fsync')::boolean as fsync,
  current_setting('full_page_writes')::boolean as full_page_writes, current_setting('synchronous_commit') as synchronous_commit,
  array(select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'audit_log'::regclass order by 1) as partitions,
  array(select c.relname::text from pg_class c where case
    when c.oid in (select to_regclass(name) from unnest($1::text[]) as name)
      then has_any_column_privilege(c.oid, 'update') or has_table_privilege(c.oid, 'delete, truncate')
    when c.oid in (select inhrelid from pg_inherits where inhparent = 'audit_log'::regclass)
      then has_any_column_privilege(c.oid, 'select, insert, update') or has_table_privilege(c.oid, 'delete, truncate')
    else false end order by 1) as may_change`;

const jobsQuery = 'select name, outcome, ended_at, duration_ms, failures, host from job_outcome order by name';

type JobRow = { name: string; outcome: JobOutcome['outcome']; ended_at: Date; duration_ms: number; failures: number; host: string };

const toJournal = (journal: JournalState): JournalOfProcess => ({
  journalId: journal.journalId,
  host: journal.host,
  pid: journal.pid,
  directory: journal.directory,
  startedAt: journal.startedAt.toISOString(),
  seenAt: journal.seenAt.toISOString(),
  secondsSinceSeen: Math.max(0, Math.round(journal.secondsSinceSeen)),
  pendingEntries: journal.pendingEntries,
  state: stateOf(journal),
});

/** So long that it is taken for dead. */
export const isSilent = ({ secondsSinceSeen }: Pick<JournalState, 'secondsSinceSeen'>): boolean => secondsSinceSeen > DEAD_AFTER_SECONDS;

function stateOf(journal: JournalState): JournalOfProcess['state'] {
  if (journal.stoppedAt === null && !isSilent(journal)) return 'alive';
  return journal.pendingEntries > 0 ? 'unshipped' : 'vanished';
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
