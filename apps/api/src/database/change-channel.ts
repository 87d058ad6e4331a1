/**
 * How this process hears at once what another one has changed: a connection of its own that LISTENs, whatever the pool is doing. ADR 0014.
 *
 * What is announced comes after its commit, in order. Every second the process announces its own beat through the same connection: a beat
 * that is heard proves that everything before it was. A channel whose beats are not heard is not believed, and `hearsSince` tells from when
 * on nothing can have been missed. Behind a pooler that gives each statement another connection nothing is ever heard, and nothing believed.
 */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ListeningClient } from '@pinebill/nestjs-audit';
import type { Client } from 'pg';
import { APP_CONFIG, type AppConfig } from '../config';
import { withDeadline } from '../platform/deadline';
import { newId } from '../platform/ids';

const CHANNEL = 'pinebill';
const BEAT_MS = 1_000;
/** After a cut: most are followed by a server that takes connections again. */
const AT_ONCE_MS = 50;
/** Two beats in a row that are not heard. */
const DEAF_MS = 2_500;
/** A beat that is not answered: the server hangs, or the line is dead without a word. */
const ANSWER_MS = 2_000;
/** How long somebody waits to have heard what they have just committed. Well below a millisecond as a rule. */
const CATCH_UP_MS = 250;

/** `heard`: believed. `deaf`: PostgreSQL answers, and nothing is heard. `away`: it does not answer. */
export type ChannelState = 'heard' | 'deaf' | 'away';
export type Topic =
  'keyCreated' | 'keyChanged' | 'keyRevoked' | 'organizationChanged' | 'revocationConfirmed' | 'logAsked' | 'logShipped' | 'recordsStored';

@Injectable()
export class ChangeChannel implements OnModuleInit, OnApplicationShutdown {
  readonly processId = newId();
  readonly processName = `${hostname()}:${process.pid}`;
  private readonly logger = new Logger('Changes');
  private readonly listeners = new Map<string, Set<(ids: readonly string[]) => void>>();
  private readonly resumed = new Set<() => void>();
  private client: Client | null = null;
  /** The statement before: a connection takes one at a time. */
  private before: Promise<unknown> = Promise.resolve();
  private answering = false;
  /** When the latest beat that was heard had been sent. */
  private heardBeatOf = -Infinity;
  /** Since the connection, or the latest beat that was heard over it. */
  private deafSince = 0;
  private since = Infinity;
  private beats = 0;
  private readonly sent = new Map<number, number>();
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(@Inject(APP_CONFIG) private readonly config: AppConfig) {}

  get state(): ChannelState {
    if (!this.answering) return 'away';
    return performance.now() - this.heardBeatOf <= DEAF_MS ? 'heard' : 'deaf';
  }

  /** By the monotonic clock: what was read from the database since then, and not announced as changed, still holds. Infinity: nothing does. */
  get hearsSince(): number {
    return this.state === 'heard' ? this.since : Infinity;
  }

  /** How long PostgreSQL has been there and told nothing. */
  get unheardSeconds(): number {
    return this.state === 'deaf' ? (performance.now() - this.deafSince) / 1_000 : 0;
  }

  /** `ids`: as the trigger wrote them (migration 0008). Called before anything that is announced later is heard. */
  on(topic: Topic, listener: (ids: readonly string[]) => void): () => void {
    const known = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, known.add(listener));
    return () => known.delete(listener);
  }

  /** Called when the channel is believed (again): announcements before this moment may have been missed. */
  onResumed(listener: () => void): void {
    this.resumed.add(listener);
  }

  /** Waits until what was committed before this call has been heard here; never long, never fails. */
  async caughtUp(): Promise<void> {
    if (this.state !== 'heard') return;
    // PostgreSQL hands out what has been announced before it says that it is ready for the next statement.
    await withDeadline(this.query('select 1'), CATCH_UP_MS).catch(() => undefined);
  }

  /** Through this connection: works while the pool is used up, and a process that is cut off cannot claim anything. */
  async query<T>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    const { client } = this;
    if (client === null) throw new Error('The connection to PostgreSQL is gone');
    const answer = this.before.then(() => client.query(sql, parameters));
    this.before = answer.catch(() => undefined);
    return (await answer).rows as T[];
  }

  /** What no trigger tells. Rejects when the connection is gone. */
  async announce(topic: Topic, announcements: readonly (readonly string[])[]): Promise<void> {
    const payloads = announcements.map((ids) => [topic, ...ids].join(' '));
    await this.query(`select pg_notify('${CHANNEL}', payload) from unnest($1::text[]) as payload`, [payloads]);
  }

  onModuleInit(): void {
    this.beatLater(0);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await withDeadline(this.query('update api_process set stopped_at = now() where id = $1', [this.processId]), ANSWER_MS).catch(
      () => undefined,
    );
    this.hangUp();
  }

  private beatLater(ms = BEAT_MS): void {
    if (this.timer) clearTimeout(this.timer);
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.beat().finally(() => this.beatLater()), ms);
    this.timer.unref();
  }

  private async beat(): Promise<void> {
    try {
      await withDeadline(this.client === null ? this.connect() : this.sendBeat(), ANSWER_MS);
      this.answering = !this.stopped;
    } catch (error) {
      this.logger.debug(`No beat: ${error instanceof Error ? error.message : String(error)}`);
      this.hangUp();
    }
  }

  private async connect(): Promise<void> {
    const client = new ListeningClient({
      connectionString: this.config.database.url,
      // What is written here may be lost with the server: beats come again, and a confirmation that is missing is waited for.
      options: '-c role=pinebill_app -c search_path=app -c synchronous_commit=off',
      keepAlive: true,
    });
    this.client = client;
    client.on('end', () => this.whenCut(client));
    client.on('notification', ({ payload }) => this.hear(payload ?? ''));
    await client.connect();
    await this.query(`listen ${CHANNEL}`);
    this.deafSince = performance.now();
    await this.register();
    await this.sendBeat();
  }

  /** Whoever holds the directory now is the only one: those before it are gone, however they ended. */
  private async register(): Promise<void> {
    const directory = resolve(this.config.dataDirectory);
    await this.query(
      `insert into api_process (id, host, pid, directory) values ($1, $2, $3, $4) on conflict (id) do update set seen_at = now(), stopped_at = null`,
      [this.processId, hostname(), process.pid, directory],
    );
    await this.query(
      `update api_process set stopped_at = now() where host = $1 and directory = $2 and id <> $3 and stopped_at is null`, // prettier-ignore
      [hostname(), directory, this.processId],
    );
    await this.query(`delete from api_process where seen_at < now() - interval '1 day'`);
  }

  private async sendBeat(): Promise<void> {
    const beat = ++this.beats;
    this.sent.set(beat, performance.now());
    this.sent.delete(beat - 10);
    await this.query(
      `with beat as (update api_process set seen_at = now(), stopped_at = null where id = $1 returning id) select pg_notify('${CHANNEL}', $2) from beat`,
      [this.processId, `beat ${this.processId} ${beat}`],
    );
  }

  private hear(payload: string): void {
    const [topic = '', ...ids] = payload.split(' ');
    if (topic !== 'beat') for (const listener of this.listeners.get(topic) ?? []) listener(ids);
    else if (ids[0] === this.processId) this.hearBeat(Number(ids[1]));
  }

  private hearBeat(beat: number): void {
    const sentAt = this.sent.get(beat);
    if (sentAt === undefined) return;
    const missed = this.since === Infinity || performance.now() - this.heardBeatOf > DEAF_MS;
    this.heardBeatOf = sentAt;
    this.deafSince = sentAt;
    if (!missed) return;
    this.since = performance.now();
    this.answering = true;
    for (const listener of this.resumed) listener();
  }

  private whenCut(client: Client): void {
    if (this.client !== client) return;
    this.hangUp();
    this.beatLater(AT_ONCE_MS);
  }

  private hangUp(): void {
    const { client } = this;
    this.client = null;
    this.before = Promise.resolve();
    this.answering = false;
    this.since = Infinity;
    this.heardBeatOf = -Infinity;
    this.sent.clear();
    // Without a goodbye, which a server that hangs would not answer.
    if (client) (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}
