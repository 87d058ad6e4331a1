/** Sessions looked up again while their answers last: all that are asked for at one moment in one statement, however many tails are open. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { SessionRow } from './person-authentication';

type Waiting = { hash: Buffer; resolve: (session: SessionRow | null) => void; reject: (error: unknown) => void };

@Injectable()
export class SessionLooks {
  private waiting: Waiting[] = [];

  constructor(private readonly db: DataSource) {}

  find(hash: Buffer): Promise<SessionRow | null> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ hash, resolve, reject });
      if (this.waiting.length === 1) setImmediate(() => void this.ask(this.waiting.splice(0)));
    });
  }

  private async ask(waiting: readonly Waiting[]): Promise<void> {
    try {
      const rows = await this.db.query<(SessionRow & { name_of_hash: string })[]>(
        `select h.name_of_hash, s.* from (select distinct encode(hash, 'hex') as name_of_hash from unnest($1::bytea[]) as hash) h
         cross join lateral session_by_hash(decode(h.name_of_hash, 'hex')) s`,
        [waiting.map(({ hash }) => hash)],
      );
      const found = new Map(rows.map((row) => [row.name_of_hash, row]));
      for (const { hash, resolve } of waiting) resolve(found.get(hash.toString('hex')) ?? null);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
