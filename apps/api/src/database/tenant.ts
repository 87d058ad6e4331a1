/**
 * The only door to tables with `organization_id`. Row-level security shows a transaction the rows of one organization, so a query that
 * forgets its filter reads nothing of another's.
 */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { validate } from 'uuid';

@Injectable()
export class Tenant {
  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work` in one transaction that sees the actor's organization only; commits when it resolves, rolls back when it throws. */
  run<T>(actor: { organizationId: string }, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    const { organizationId } = actor;
    // A literal, not a parameter: SET takes none. Hence the check.
    if (!validate(organizationId)) throw new TypeError('organizationId is not a uuid');
    return this.dataSource.transaction(async (tx) => {
      await tx.query(`set local app.organization_id = '${organizationId}'`);
      return work(tx);
    });
  }
}
