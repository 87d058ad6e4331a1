/**
 * Whether changes are refused for a while, by order of the operator. One row in PostgreSQL that each process looks at once a second, over a
 * connection of its own: a request never waits for it, and a pool that is used up does not keep the order from arriving. While PostgreSQL is
 * away, what was read last holds.
 */
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ListeningClient } from '@pinebill/nestjs-audit';
import { Pool } from 'pg';
import { APP_CONFIG, type AppConfig } from '../config';
import { Clock } from '../platform/clock';
import { withDeadline } from '../platform/deadline';

/** Start and end hold in every process within 2 s; a look takes a millisecond. */
const LOOK_EVERY_MS = 1_000;
/** A server that hangs is one that is away. */
const LOOK_MS = 1_000;
/** Nobody has announced an end, or it has passed: soon enough to notice, seldom enough not to be a crowd. */
const UNANNOUNCED_SECONDS = 30;

export type MaintenanceState = { startedAt: Date; /** As announced. */ endsAt: Date | null; message: string | null };
type Row = { started_at: Date | null; ends_at: Date | null; message: string | null };

@Injectable()
export class Maintenance implements OnModuleInit, OnApplicationShutdown {
  private state: MaintenanceState | null = null;
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;
  private readonly pool: Pool;

  constructor(
    @Inject(APP_CONFIG) config: AppConfig,
    private readonly clock: Clock,
  ) {
    this.pool = new Pool({
      Client: ListeningClient,
      connectionString: config.database.url,
      options: '-c role=pinebill_app -c search_path=app',
      max: 1,
      connectionTimeoutMillis: LOOK_MS,
      query_timeout: LOOK_MS,
      keepAlive: true,
    });
    this.pool.on('error', () => undefined); // an idle connection was cut; the next look takes a new one
  }

  /** Null: there is none. */
  get current(): MaintenanceState | null {
    return this.state;
  }

  /** Until the announced end, or until it is worth asking again. */
  retryAfterSeconds({ endsAt }: MaintenanceState): number {
    const left = endsAt === null ? 0 : Math.ceil((endsAt.getTime() - this.clock.now().getTime()) / 1_000);
    return left > 0 ? left : UNANNOUNCED_SECONDS;
  }

  /** The state is known before the first request is answered. */
  async onModuleInit(): Promise<void> {
    await this.look();
    this.lookAgainLater();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    // A server that hangs does not say goodbye; the connection ends with the process.
    await withDeadline(this.pool.end(), LOOK_MS).catch(() => undefined);
  }

  private lookAgainLater(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      void this.look()
        .catch(() => undefined) // PostgreSQL is away: what was read last holds
        .then(() => this.lookAgainLater());
    }, LOOK_EVERY_MS);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    const { rows } = await this.pool.query<Row>('select started_at, ends_at, message from maintenance');
    const row = rows[0];
    this.state = row?.started_at ? { startedAt: row.started_at, endsAt: row.ends_at, message: row.message } : null;
  }
}
