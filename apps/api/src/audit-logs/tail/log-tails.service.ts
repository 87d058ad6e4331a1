/**
 * The live tails of this process: one feed for each organization that somebody follows, however many do. It looks when there is news (RecordNews), and
 * now and then without: more often where news of other processes cannot be heard.
 */
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { everyRecord, lastSequence, recordsBySequence, type RecordFilter, type SequenceRange } from '@pinebill/nestjs-audit';
import type { FastifyReply } from 'fastify';
import type { EntityManager } from 'typeorm';
import { RecordNews } from '../../database/record-news';
import { Tenant } from '../../database/tenant';
import { systemActor, type Actor } from '../../platform/actor';
import { AppError } from '../../platform/app-error';
import { Lifecycle } from '../../platform/lifecycle';
import { keyStatesOf } from '../key-states';
import { toLogRecord } from '../log-record';
import { recordFilter } from '../record-filter';
import { LogViews } from '../log-views';
import { LogFeed, type Batch } from './log-feed';
import { LogTail, type AskedTail } from './log-tail';
import { gapEvent, type Gap } from './tail-events';

const BATCH = 500;
const BEAT_MS = 15_000;
const STANDING_MS = 400;
const LOOK_MS = 5_000;
const LOOK_UNHEARD_MS = 1_000;
/** Of a process: each holds a connection and a request open. */
const MOST_TAILS = 400;
/** Of these, one organization: the others have room left. */
const MOST_OF_ONE = 300;

type Use = { feed: Promise<LogFeed>; users: number };
/** One that could not be made has told whoever asked for it. */
const look = (use: Use | undefined): void => void use?.feed.then((feed) => feed.look()).catch(() => undefined);

@Injectable()
export class LogTails implements OnModuleDestroy {
  private readonly logger = new Logger('LogTails');
  private readonly feeds = new Map<string, Use>();
  private readonly tails = new Set<LogTail>();
  /** Not kept yet: they count as well. */
  private opening = 0;
  private timers: NodeJS.Timeout[] = [];
  private lookedAt = 0;
  private asking = false;
  private stopping = false;

  constructor(
    private readonly tenant: Tenant,
    private readonly views: LogViews,
    private readonly news: RecordNews,
    lifecycle: Lifecycle,
  ) {
    news.on((organizationId) => look(this.feeds.get(organizationId)));
    lifecycle.onStopping(() => this.endAll());
  }

  onModuleDestroy(): void {
    this.endAll();
  }

  /** How many are open. */
  get size(): number {
    return this.tails.size;
  }

  /** Answers with a stream that ends when the reader leaves, when it may read no more, or when the process stops. */
  async open(actor: Actor, asked: AskedTail, reply: FastifyReply): Promise<void> {
    reply.header('content-type', 'text/event-stream; charset=utf-8').header('x-accel-buffering', 'no');
    if (reply.request.method === 'HEAD') return void reply.send('');
    if (this.stopping || this.tails.size + this.opening >= MOST_TAILS || (this.feeds.get(actor.organizationId)?.users ?? 0) >= MOST_OF_ONE)
      throw tooMany();
    const use = this.useFeed(actor.organizationId);
    const { tail, feed } = await this.begun(actor, asked, use);
    // The client may have left while we were looking: then there is no such event any more.
    const left = reply.raw.destroyed ? Promise.resolve() : new Promise((resolve) => reply.raw.once('close', resolve));
    void left.then(() => this.forget(tail, feed)).finally(() => this.leaveFeed(actor.organizationId, use));
    reply.send(tail.output);
    await this.follow(tail, feed, actor.organizationId);
  }

  private async begun(actor: Actor, asked: AskedTail, use: Use): Promise<{ tail: LogTail; feed: LogFeed }> {
    this.opening += 1;
    try {
      const feed = await use.feed;
      const { position, gap } = await this.begin(actor.organizationId, feed, asked.lastEventId);
      const { organizationId } = actor;
      const filter = await this.tenant.run(actor, (tx) => recordFilter(tx, organizationId, asked.filter));
      const tail = new LogTail(actor, { ...asked, filter }, position);
      if (gap) tail.say(gapEvent(gap, position));
      this.keep(tail);
      return { tail, feed };
    } catch (error) {
      this.leaveFeed(actor.organizationId, use);
      throw error;
    } finally {
      this.opening -= 1;
    }
  }

  private async follow(tail: LogTail, feed: LogFeed, organizationId: string): Promise<void> {
    try {
      await tail.follow(feed, (place) => this.batch(organizationId, { ...place, filter: tail.asked.filter }));
    } catch (error) {
      this.logger.debug(`A tail could not be told what it missed: ${String(error)}`);
      tail.end(); // it comes back and says where it was
    }
  }

  /** Where the reader goes on, and what it can never be told. */
  private async begin(organizationId: string, feed: LogFeed, lastEventId: number | null): Promise<{ position: number; gap: Gap | null }> {
    if (lastEventId === null || lastEventId === feed.position) return { position: feed.position, gap: null };
    if (lastEventId > feed.position) {
      feed.look(); // another process may have told it of more than we know
      const newest = await this.tenant.run({ organizationId }, (tx) => lastSequence(tx, organizationId));
      if (lastEventId <= newest) return { position: lastEventId, gap: null };
      return { position: newest, gap: { from: newest + 1, to: lastEventId, cause: 'unknownId' } };
    }
    const next = await this.batch(organizationId, { after: lastEventId, upTo: null, limit: 1 });
    const first = next.records[0]?.record.sequence ?? next.upTo + 1;
    if (first === lastEventId + 1) return { position: lastEventId, gap: null };
    return { position: first - 1, gap: { from: lastEventId + 1, to: first - 1, cause: 'retention' } };
  }

  private useFeed(organizationId: string): Use {
    const known = this.feeds.get(organizationId);
    const use = known ?? { feed: this.makeFeed(organizationId), users: 0 };
    use.users++;
    this.feeds.set(organizationId, use);
    return use;
  }

  private leaveFeed(organizationId: string, use: Use): void {
    if (--use.users === 0) this.feeds.delete(organizationId);
  }

  private makeFeed(organizationId: string): Promise<LogFeed> {
    return LogFeed.from({
      last: () => this.tenant.run({ organizationId }, (tx) => lastSequence(tx, organizationId)),
      readAfter: (position) => this.batch(organizationId, { after: position }),
      onError: (error) => this.logger.debug(`New records could not be read: ${String(error)}`),
    });
  }

  private batch(
    organizationId: string,
    place: { after: number; upTo?: number | null; limit?: number; filter?: RecordFilter },
  ): Promise<Batch> {
    return this.tenant.run({ organizationId }, async (tx) => {
      // First how far: what is committed by then is all there is up to there.
      const upTo = Math.max(place.after, place.upTo ?? (await lastSequence(tx, organizationId)));
      return this.read(tx, { organizationId, filter: everyRecord, to: null, limit: BATCH, ...place, upTo });
    });
  }

  private async read(tx: EntityManager, { limit, ...range }: Omit<SequenceRange, 'from'> & { limit: number }): Promise<Batch> {
    const { organizationId, after, upTo } = range;
    const view = await this.views.of(tx, systemActor('live tail', organizationId));
    const records = upTo === after ? [] : await recordsBySequence(tx, { ...range, from: view.begins }, limit);
    const showing = { retentionDays: view.retentionDays, keyStates: await keyStatesOf(tx, records, { organizationId, now: view.now }) };
    const last = records.length === limit ? records.at(-1) : undefined;
    return {
      view,
      records: records.map((record) => ({ record, json: JSON.stringify(toLogRecord(record, showing)) })),
      upTo: last?.sequence ?? upTo,
      isFull: last !== undefined,
    };
  }

  private keep(tail: LogTail): void {
    this.tails.add(tail);
    if (this.stopping) tail.end(); // all others were ended while this one was looking
    if (this.timers.length > 0) return;
    this.timers = [
      setInterval(() => this.beat(), BEAT_MS),
      setInterval(() => void this.askStandings(), STANDING_MS),
      setInterval(() => this.lookNowAndThen(), LOOK_UNHEARD_MS),
    ];
  }

  private forget(tail: LogTail, feed: LogFeed): void {
    tail.end();
    feed.leave(tail);
    this.tails.delete(tail);
    if (this.tails.size === 0) for (const timer of this.timers.splice(0)) clearInterval(timer);
  }

  private beat(): void {
    for (const tail of this.tails) tail.beat();
  }

  private async askStandings(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    const all = [...this.tails].map(async (tail) => {
      if (!(await tail.asked.standing())) tail.end();
    });
    await Promise.all(all).finally(() => (this.asking = false));
  }

  private lookNowAndThen(): void {
    if (this.news.isHeard && performance.now() - this.lookedAt < LOOK_MS) return;
    this.lookedAt = performance.now();
    for (const use of this.feeds.values()) look(use);
  }

  private endAll(): void {
    this.stopping = true;
    for (const tail of this.tails) tail.end();
  }
}

const tooMany = (): AppError =>
  new AppError('overload', {
    detail: 'Too many live tails are open here. Close some, or come again in a few seconds; the list shows the same records.',
    headers: { 'retry-after': '5' },
  });
