/** Writes down the ends that the clock brings. The door needs no job for them: it judges every call by the key's dates. */
import { Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Clock } from '../platform/clock';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { KeyLifeService } from './key-life.service';

@Injectable()
export class KeyLifeJobs {
  constructor(
    private readonly db: DataSource,
    private readonly jobs: ExclusiveJobs,
    private readonly life: KeyLifeService,
    private readonly clock: Clock,
  ) {}

  @Cron('20 * * * * *')
  async everyMinute(): Promise<void> {
    // Hardly ever there is one: a job that has nothing to do says nothing. The database may be away; the next minute asks again.
    const organizations = await this.withEndedKeys().catch(() => []);
    if (organizations.length > 0) await this.jobs.runExclusive('api-keys.ends', () => this.run());
  }

  async run(): Promise<void> {
    for (const id of await this.withEndedKeys()) await this.life.noteEnds(id);
  }

  /** Security definer: which organizations have any. Each is then worked for inside its own walls. */
  private async withEndedKeys(): Promise<string[]> {
    const rows = await this.db.query<{ id: string }[]>('select organizations_with_ended_keys($1) as id', [this.clock.now()]);
    return rows.map(({ id }) => id);
  }
}
