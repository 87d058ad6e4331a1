/**
 * One reader of the live tail. First it is told what it missed, as fast as it reads; once it stands where the feed stands it follows the feed. Each record that
 * passes the filter is told once, in order. A reader that does not read is dropped, and may come back with the id that it has seen last.
 */
import type { AskedFilter } from '../log-query';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { matcherOf, type AuditRecord, type RecordFilter } from '@pinebill/nestjs-audit';
import type { Actor } from '../../platform/actor';
import { withDeadline } from '../../platform/deadline';
import type { Standing } from '../../platform/standing';
import type { LogView } from '../log-views';
import type { Batch, Follower, LogFeed } from './log-feed';
import { heartbeat, opening, recordEvent } from './tail-events';

/** Held for a reader that is slower than the log: more of it is still there when the next records come. */
const MOST_HELD_BYTES = 1024 * 1024;
/** Of records that come at once, which nobody can have read yet. */
const MOST_AT_ONCE_BYTES = 8 * MOST_HELD_BYTES;
/** A reader of what was missed takes its time, but takes something. */
const READS_WITHIN_MS = 15_000;
/** Looked through at once: a filter that finds hardly anything must not hold a connection to the database for long. */
const WINDOW = 20_000;

export type OpenTail = {
  filter: RecordFilter;
  from: Date | null;
  to: Date | null;
  /** The last place that the client has seen; null: from now on. */
  lastEventId: number | null;
  standing: Standing;
};
/** As it came. */
export type AskedTail = Omit<OpenTail, 'filter'> & { filter: AskedFilter };
/** The part of the log between two places, as far as it is shown to this reader. */
export type ReadMissed = (place: { after: number; upTo: number }) => Promise<Batch>;

export class LogTail implements Follower {
  private readonly stream = new PassThrough();
  private readonly matches: (record: AuditRecord) => boolean;
  private following = false;
  private ended = false;

  /** `position`: everything up to there has been told. */
  constructor(
    readonly actor: Actor,
    readonly asked: OpenTail,
    private position: number,
  ) {
    this.matches = matcherOf(asked.filter);
    this.stream.write(opening(position));
  }

  get output(): Readable {
    return this.stream;
  }

  async follow(feed: LogFeed, readMissed: ReadMissed): Promise<void> {
    while (!this.ended && this.position < feed.position) {
      await this.tell(await readMissed({ after: this.position, upTo: Math.min(this.position + WINDOW, feed.position) }));
    }
    if (this.ended) return;
    this.following = true;
    feed.join(this);
  }

  take({ records, view, upTo }: Batch): void {
    if (this.held > MOST_HELD_BYTES) this.drop();
    for (const { record, json } of records) {
      if (this.ended) return;
      if (record.sequence > this.position && this.shows(record, view)) this.stream.write(recordEvent(record.sequence, json));
      if (this.held > MOST_AT_ONCE_BYTES) this.drop();
    }
    this.position = Math.max(this.position, upTo);
  }

  private get held(): number {
    return this.stream.writableLength + this.stream.readableLength;
  }

  say(text: string): void {
    if (!this.ended) this.stream.write(text);
  }

  beat(): void {
    this.say(heartbeat(this.following ? this.position : null));
  }

  /** What has been said is still sent. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.stream.end();
  }

  drop(): void {
    this.ended = true;
    this.stream.destroy();
  }

  private async tell({ records, view, upTo }: Batch): Promise<void> {
    for (const { record, json } of records) {
      if (this.ended) return;
      if (!this.shows(record, view)) continue;
      if (!this.stream.write(recordEvent(record.sequence, json))) await this.isRead();
    }
    this.position = upTo;
  }

  private async isRead(): Promise<void> {
    // Also when the stream is destroyed meanwhile, which tells nothing.
    await withDeadline(once(this.stream, 'drain'), READS_WITHIN_MS).catch(() => this.drop());
  }

  private shows(record: AuditRecord, view: LogView): boolean {
    const at = new Date(record.startedAt);
    const { from, to } = this.asked;
    if (at < view.from(from) || (to !== null && at >= to)) return false;
    if (record.actorType === 'anonymous' && view.hidesAnonymousFrom(this.actor)) return false;
    return this.matches(record);
  }
}
