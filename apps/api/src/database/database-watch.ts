/**
 * A PostgreSQL that hangs (paused, a dead disk, a cut cable that nobody reported) refuses nothing: connections are made, and nothing is ever
 * answered. Whoever asks it would wait for a timeout of its own, a pool of them at a time. So one connection asks it the simplest question
 * once a second; when that is not answered, the pool fails at once, what hangs is cut, and every request is answered 503 without waiting. As
 * soon as it answers again, so does the pool.
 *
 * A server that is away (refused, reset) needs none of this: the pool finds that out by itself, at once. That it is away is known here all the
 * same: whether PostgreSQL is there is asked of nobody else, for a pool that is used up or a table that is locked are no answer to that question.
 */
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ListeningClient } from '@pinebill/nestjs-audit';
import type { Client, Pool, PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config';
import { DeadlineError, withDeadline } from '../platform/deadline';
import { codeOf } from '../platform/start-error';

const ASK_EVERY_MS = 1_000;
/** `select 1` takes less than a millisecond. A server that is merely busy answers it within this. */
const SILENT_MS = 2_000;
/** What arrived while this process itself stood still is read first, before anybody is called silent. */
const READ_FIRST_MS = 250;
/** All connections are taken, those of our pool among them: it is there. */
const NO_ROOM = '53300';

@Injectable()
export class DatabaseWatch implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Database');
  private readonly inUse = new Set<PoolClient>();
  private client: Client | null = null;
  private state: 'answering' | 'silent' | 'away' = 'answering';
  private looking = false;
  private stopped = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly dataSource: DataSource,
  ) {}

  /** False while PostgreSQL takes connections and answers nothing, and while it takes none. A second old at most. */
  get isAnswering(): boolean {
    return this.state === 'answering';
  }

  onModuleInit(): void {
    this.guard((this.dataSource.driver as unknown as { master: Pool }).master);
    this.askLater();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    this.hangUp();
  }

  private guard(pool: Pool): void {
    pool.on('acquire', (client) => this.inUse.add(client));
    pool.on('release', (_, client) => this.inUse.delete(client));
    const connect = pool.connect.bind(pool) as (callback?: Connected) => unknown;
    const guarded = (callback?: Connected): unknown => {
      if (this.state !== 'silent') return connect(callback);
      const error = new DeadlineError(`PostgreSQL has not answered for ${SILENT_MS} ms`);
      if (!callback) return Promise.reject(error);
      callback(error, undefined, () => undefined);
      return undefined;
    };
    // The two ways of calling it cannot be told in one type.
    pool.connect = guarded as Pool['connect'];
  }

  private askLater(ms = ASK_EVERY_MS): void {
    if (this.timer) clearTimeout(this.timer);
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.look().finally(() => this.askLater()), ms);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    this.looking = true;
    const asked = this.ask();
    try {
      await withDeadline(asked, SILENT_MS).catch((error: unknown) => {
        if (!(error instanceof DeadlineError)) throw error;
        return withDeadline(asked, READ_FIRST_MS);
      });
      this.become('answering');
    } catch (error) {
      this.hangUp();
      if (this.stopped) return;
      if (error instanceof DeadlineError) this.fallSilent();
      else this.become(codeOf(error) === NO_ROOM ? 'answering' : 'away');
    } finally {
      this.looking = false;
    }
  }

  private async ask(): Promise<void> {
    if (this.client === null) {
      this.client = new ListeningClient({ connectionString: this.config.database.url, options: '-c role=pinebill_app', keepAlive: true });
      this.client.on('end', this.whenCut(this.client));
      await this.client.connect();
    }
    await this.client.query('select 1');
  }

  /** The server has ended the connection: is it gone? Not worth waiting for the next question. */
  private whenCut(client: Client): () => void {
    return () => {
      if (this.client !== client || this.looking) return;
      this.client = null;
      this.askLater(0);
    };
  }

  private become(state: 'answering' | 'away'): void {
    if (this.state === 'silent') this.logger.log('PostgreSQL does not hang any more.');
    this.state = state;
  }

  private fallSilent(): void {
    if (this.state !== 'silent')
      this.logger.warn('PostgreSQL takes connections but does not answer; requests that need it are answered 503 until it does.');
    this.state = 'silent';
    for (const client of this.inUse) cut(client);
  }

  /** Without a goodbye, which a server that hangs would not answer. */
  private hangUp(): void {
    if (this.client) cut(this.client);
    this.client = null;
  }
}

type Connected = (error: Error | undefined, client: PoolClient | undefined, release: () => void) => void;

/** Its queries reject, as after any cut; the pool throws it away. */
function cut(client: Client | PoolClient): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
