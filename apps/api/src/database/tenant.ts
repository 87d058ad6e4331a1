/**
 * The only door to tables with `organization_id`. Row-level security shows a transaction the rows of one organization, so a query that
 * forgets its filter reads nothing of another's.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { validate } from 'uuid';

type Joined = { organizationId: string; tx: EntityManager };

@Injectable()
export class Tenant {
  private readonly ambient = new AsyncLocalStorage<Joined>();

  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work` in one transaction that sees the actor's organization only; commits when it resolves, rolls back when it throws. */
  run<T>(actor: { organizationId: string }, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    const { organizationId } = actor;
    // A literal, not a parameter: SET takes none. Hence the check.
    if (!validate(organizationId)) throw new TypeError('organizationId is not a uuid');
    const joined = this.ambient.getStore();
    // A savepoint: what fails in here is undone without the outer work.
    if (joined?.organizationId === organizationId) return joined.tx.transaction(work);
    return this.dataSource.transaction(async (tx) => {
      await tx.query(`set local app.organization_id = '${organizationId}'`);
      return work(tx);
    });
  }

  /**
   * Everything that `work` runs for this organization happens inside `tx` and is committed with it. For whoever wraps a handler and must share
   * its fate (the remembered answer of an Idempotency-Key); a service has no need of it.
   */
  joined<T>({ organizationId }: { organizationId: string }, tx: EntityManager, work: () => Promise<T>): Promise<T> {
    return this.ambient.run({ organizationId, tx }, work);
  }
}
