/**
 * The only door to tables with `organization_id`. Row-level security shows a transaction the rows of one organization, so a query that
 * forgets its filter reads nothing of another's.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { DataSource, QueryRunnerAlreadyReleasedError, type EntityManager } from 'typeorm';
import { validate } from 'uuid';
import { AppError } from '../platform/app-error';
import { isDatabaseAway } from '../platform/problem';

type Joined = { organizationId: string; tx: EntityManager };

const OUTCOME_UNKNOWN =
  'The database went away while the request was being committed: whether it took effect is not known. Look before you repeat it; with an Idempotency-Key it is safe to repeat.';

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
    return this.committed(async (tx) => {
      await tx.query(`set local app.organization_id = '${organizationId}'`);
      return work(tx);
    });
  }

  /**
   * Goes on in another organization, in the transaction of the first: for a change that both must keep, such as a new organization. Whoever
   * calls it has checked that the actor may.
   */
  async across<T>(tx: EntityManager, { from, to }: { from: string; to: string }, work: () => Promise<T>): Promise<T> {
    if (!validate(from) || !validate(to)) throw new TypeError('an organization is not a uuid');
    await tx.query(`set local app.organization_id = '${to}'`);
    const result = await work();
    // Not in a `finally`: after a failure the transaction takes no statement, and is rolled back with its settings.
    await tx.query(`set local app.organization_id = '${from}'`);
    return result;
  }

  /** A COMMIT that gets no answer may have happened: to say that nothing was changed would be a lie half of the time. */
  private async committed<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    const commit = { begun: false };
    try {
      return await this.dataSource.transaction(async (tx) => {
        const result = await work(tx);
        commit.begun = true;
        return result;
      });
    } catch (error) {
      // Released: the connection was gone before COMMIT was sent.
      if (!commit.begun || error instanceof QueryRunnerAlreadyReleasedError || !isDatabaseAway(error)) throw error;
      throw new AppError('database_unavailable', { detail: OUTCOME_UNKNOWN, outcomeUnknown: true, cause: error });
    }
  }

  /**
   * Everything that `work` runs for this organization happens inside `tx` and is committed with it. For whoever wraps a handler and must share
   * its fate (the remembered answer of an Idempotency-Key); a service has no need of it.
   */
  joined<T>({ organizationId }: { organizationId: string }, tx: EntityManager, work: () => Promise<T>): Promise<T> {
    return this.ambient.run({ organizationId, tx }, work);
  }

  /** For the few things that others must see before the transaction around them ends: what is done in here is committed by itself, and stays. */
  apart<T>(work: () => Promise<T>): Promise<T> {
    return this.ambient.exit(work);
  }
}
