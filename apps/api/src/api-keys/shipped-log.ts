/**
 * Up to when the log says everything. A record waits in the journal of its process before it is in PostgreSQL: whoever draws a conclusion from what is not
 * there ("nobody uses it any more") has it shipped first, by every process, half a second at most. What has not answered by then is not known, and the
 * answer says since when: a process that hangs, or one that died with records in its journal.
 */
import { Injectable } from '@nestjs/common';
import { AuditWriter } from '@pinebill/nestjs-audit';
import { DataSource } from 'typeorm';
import { ChangeChannel } from '../database/change-channel';
import { Clock } from '../platform/clock';
import { DeadlineError, withDeadline } from '../platform/deadline';
import { USABLE_SECONDS } from './revocation';

const WAIT_MS = 500;
/** From one word of a process to the next, and how long it may let somebody in without asking: later than that after its last word it has let nobody in. */
const SILENT_MS = (USABLE_SECONDS + 30) * 1_000;

/** A process whose records may not all be there. `seenAt`: when it was last heard of; null: then already it had some. */
type Missing = { id: string; aliveUntil: Date; seenAt: Date | null };
export type ShippedState = { askedAt: Date; missing: readonly Missing[] };

/** Every request that was answered before this moment is in the log, as far as those after `since` are concerned. Null: that is not known. */
export function knownUpTo({ askedAt, missing }: ShippedState, since: Date | null): Date | null {
  const relevant = missing.filter(({ aliveUntil }) => since === null || aliveUntil >= since);
  if (relevant.some(({ seenAt }) => seenAt === null)) return null;
  return new Date(Math.min(askedAt.getTime(), ...relevant.map(({ seenAt }) => seenAt?.getTime() ?? 0)));
}

const OWN = 'own';
/** Of this process, and of everybody who is not known at all. */
const unknown: Missing = { id: OWN, aliveUntil: new Date(8.64e15), seenAt: null };

@Injectable()
export class ShippedLog {
  private readonly asking = new Map<string, (id: string) => void>();
  private shared: Promise<ShippedState> | null = null;
  private questions = 0;

  constructor(
    private readonly writer: AuditWriter,
    private readonly channel: ChangeChannel,
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {
    channel.on('logAsked', ([asker = '', question = '']) => void this.answer(asker, question));
    channel.on('logShipped', ([question = '', ...ids]) => ids.forEach((id) => this.asking.get(question)?.(id)));
  }

  /** Never fails. Those who ask at the same moment, for several keys, ask once. */
  catchUp(): Promise<ShippedState> {
    if (this.shared) return this.shared;
    setImmediate(() => (this.shared = null));
    return (this.shared = this.ask());
  }

  private async ask(): Promise<ShippedState> {
    const askedAt = this.clock.now();
    const until = performance.now() + WAIT_MS;
    const [own, others] = await Promise.all([
      withDeadline(this.writer.flush(), WAIT_MS).then(() => [], () => [unknown]), // prettier-ignore
      this.askOthers(until).catch(() => [unknown]),
    ]);
    return { askedAt, missing: [...own, ...others] };
  }

  private async askOthers(until: number): Promise<Missing[]> {
    const others = await withDeadline(this.others(), WAIT_MS);
    const open = new Map(others.map((one) => [one.id, one]));
    const awaited = new Set(others.filter(({ isAlive }) => isAlive).map(({ id }) => id));
    if (awaited.size === 0) return others;
    const question = `${this.channel.processId}.${++this.questions}`;
    const answered = new Promise<void>((resolve) => {
      this.asking.set(question, (id) => {
        open.delete(id);
        awaited.delete(id);
        if (awaited.size === 0) resolve();
      });
    });
    try {
      await this.say('logAsked', this.channel.processId, question);
      await withDeadline(answered, Math.max(0, until - performance.now()));
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
    } finally {
      this.asking.delete(question);
    }
    return [...open.values()];
  }

  /** Journals that nobody has closed, and processes that have not told of theirs yet. For those that missed some beats nobody waits. */
  private async others(): Promise<(Missing & { isAlive: boolean })[]> {
    type Row = { id: string; seen_at: Date; pending: boolean; is_alive: boolean };
    const rows = await this.db.query<Row[]>(
      `select journal_id as id, seen_at, pending_entries > 0 as pending, seen_at > now() - interval '15 s' as is_alive from audit_journal
       where (stopped_at is null or pending_entries > 0) and journal_id <> $1
       union all
       select p.id, p.started_at, false, p.seen_at > now() - interval '5 s' from api_process p
       where p.id <> $2 and p.stopped_at is null and p.seen_at > now() - make_interval(secs => $3)
         and not exists (select 1 from audit_journal j where j.host = p.host and j.pid = p.pid and j.seen_at >= p.started_at)`,
      [this.writer.status().journalId, this.channel.processId, USABLE_SECONDS + 5],
    );
    return rows.map(({ id, seen_at, pending, is_alive: isAlive }) => ({
      id,
      isAlive,
      aliveUntil: new Date(seen_at.getTime() + SILENT_MS),
      seenAt: pending ? null : seen_at,
    }));
  }

  private async answer(asker: string, question: string): Promise<void> {
    if (asker === this.channel.processId) return;
    try {
      await withDeadline(this.writer.flush(), WAIT_MS);
      await this.say('logShipped', question, this.channel.processId, this.writer.status().journalId);
    } catch {
      // No answer is one as well.
    }
  }

  private say(...words: string[]): Promise<unknown> {
    return this.channel.query(`select pg_notify('pinebill', $1)`, [words.join(' ')]);
  }
}
