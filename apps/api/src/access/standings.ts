/** Whether a request that was let in would be let in again: the same person with the same role in the same organization, or a key that still works. */
import { Injectable, Logger } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { isDatabaseAway } from '../platform/problem';
import { admitPerson, type Declared } from './admit-person';
import { PersonAuthentication } from './person-authentication';

@Injectable()
export class Standings {
  private readonly logger = new Logger('Standings');

  constructor(private readonly people: PersonAuthentication) {}

  /** `admit` throws what it refuses. While PostgreSQL is away nothing new can be shown, and nobody is put out. Whatever else goes wrong: no. */
  async holds(admit: () => unknown): Promise<boolean> {
    try {
      await admit();
      return true;
    } catch (error) {
      if (isDatabaseAway(error)) return true;
      if (!(error instanceof AppError)) this.logger.error('It cannot be told whether a request may go on', error);
      return false;
    }
  }

  async admitAgain(before: UserActor, rule: Declared, request: IncomingMessage): Promise<void> {
    const now = await this.people.again(request);
    // Another role sees other records: whoever has one begins anew.
    if (!now || now.organizationId !== before.organizationId || now.role !== before.role) throw new AppError('no_session');
    admitPerson(now, rule);
  }
}
