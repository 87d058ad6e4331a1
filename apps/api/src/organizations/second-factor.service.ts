/** A person sets up, renews and removes the own second factor; an admin resets that of a member who has lost it. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { Sealing } from '../platform/sealing';
import { lockPerson } from './person-lock';
import { acceptedStep, enrolmentOf, newSecret } from './second-factor-code';
import type { ConfirmSecondFactor, ProvePerson, RecoveryCodes, SecondFactorEnrolment, SecondFactorView } from './second-factor.dto';
import { purposeOf, SecondFactors, tooManyCodes } from './second-factors';
import type { Exchange } from './session-cookie';
import { asUser, SessionsService } from './sessions.service';

type Own = { secret: Buffer; confirmed_at: Date | null; codes_left: number };

@Injectable()
export class SecondFactorService {
  // Six, one more than the house rule: the factor, what it is proved with, and the session that changes with it.
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly sealing: Sealing,
    private readonly factors: SecondFactors,
    private readonly sessions: SessionsService,
  ) {}

  get(actor: Actor): Promise<SecondFactorView> {
    const user = asUser(actor);
    return this.tenant.run(user, async (tx) => {
      const own = await find(tx, user);
      const enrolledAt = own?.confirmed_at ?? null;
      return {
        enrolled: enrolledAt !== null,
        enrolledAt: enrolledAt?.toISOString() ?? null,
        recoveryCodesLeft: enrolledAt ? (own?.codes_left ?? 0) : 0,
      };
    });
  }

  /** A secret that protects nothing yet; asked for again, there is a new one. */
  async enrol(actor: Actor): Promise<SecondFactorEnrolment> {
    const [user, secret] = [asUser(actor), newSecret()];
    const sealed = await this.sealing.seal(secret, purposeOf(user.id));
    return this.tenant.run(user, async (tx) => {
      const written = await tx.query<unknown[]>(
        `insert into second_factor (user_id, secret, created_at) values ($1, $2, $3)
         on conflict (user_id) do update set secret = $2, created_at = $3 where second_factor.confirmed_at is null returning user_id`,
        [user.id, sealed, this.clock.now()],
      );
      if (written.length === 0) throw exists();
      return enrolmentOf(secret, user.email);
    });
  }

  async confirm(actor: Actor, { code }: ConfirmSecondFactor, exchange: Exchange): Promise<RecoveryCodes> {
    const user = asUser(actor);
    const { recoveryCodes, token } = await this.tenant.run(user, async (tx) => {
      await lockPerson(tx, user.id);
      const own = await find(tx, user, 'for update');
      if (own?.confirmed_at) throw exists();
      const secret = own && (await this.sealing.unseal(own.secret, purposeOf(user.id)));
      const now = this.clock.now();
      const step = secret ? acceptedStep(secret, code.replace(/[\s-]/g, ''), { lastStep: -1, now }) : null;
      if (step === null) throw wrongCode(secret !== null);
      await tx.query('update second_factor set confirmed_at = $2, last_step = $3 where user_id = $1', [user.id, now, step]);
      await this.activity.record(tx, { actor, action: 'second_factor.enrolled', target: targetOf(user) });
      return { recoveryCodes: await this.factors.renewRecoveryCodes(tx, user.id), token: await this.sessions.renew(tx, user) };
    });
    this.sessions.handOverToken(token, exchange);
    return { recoveryCodes };
  }

  async remove(actor: Actor, proof: ProvePerson, exchange: Exchange): Promise<void> {
    const user = asUser(actor);
    await this.prove(user, proof);
    const token = await this.tenant.run(user, async (tx) => {
      await lockPerson(tx, user.id);
      if (await this.factors.remove(tx, user.id))
        await this.activity.record(tx, { actor, action: 'second_factor.removed', target: targetOf(user) });
      return this.sessions.renew(tx, user);
    });
    this.sessions.handOverToken(token, exchange);
  }

  async renewRecoveryCodes(actor: Actor, proof: ProvePerson): Promise<RecoveryCodes> {
    const user = asUser(actor);
    await this.prove(user, proof);
    return this.tenant.run(user, async (tx) => {
      // One after the other, or the codes of both would be good.
      await lockPerson(tx, user.id);
      if (!(await find(tx, user))?.confirmed_at) throw none(); // removed since it was proved
      await this.activity.record(tx, { actor, action: 'second_factor.recovery_codes_renewed', target: targetOf(user) });
      return { recoveryCodes: await this.factors.renewRecoveryCodes(tx, user.id) };
    });
  }

  /** Not 401: the session is fine, and a client would take it for ended. */
  private async prove(user: UserActor, { code }: ProvePerson): Promise<void> {
    const verdict = await this.tenant.run(user, (tx) => this.factors.check(tx, user.id, code));
    if (typeof verdict === 'object') throw tooManyCodes(verdict.waitMs);
    if (verdict === 'none') throw none();
    if (verdict !== 'right') throw wrongCode(true);
  }
}

const targetOf = ({ id, email }: UserActor) => ({ type: 'user', id, name: email }) as const;

async function find(tx: EntityManager, { id }: UserActor, lock: '' | 'for update' = ''): Promise<Own | null> {
  const [row] = await tx.query<Own[]>(
    `select secret, confirmed_at, (select count(*)::int from recovery_code c where c.user_id = f.user_id and c.used_at is null) as codes_left
     from second_factor f where user_id = $1 ${lock}`,
    [id],
  );
  return row ?? null;
}

const exists = (): AppError =>
  new AppError('second_factor_exists', { detail: 'You have a second factor already. Remove it first, then set up another one.' });

const none = (): AppError =>
  new AppError('illegal_transition', { detail: 'There is no second factor. Set one up; recovery codes come with it.' });

const wrongCode = (begun: boolean): AppError =>
  new AppError('invalid_field', {
    detail: begun
      ? 'The code is not right. Type the one that the app shows now, and check that the clock of its device is right.'
      : 'Nothing has been set up yet. Begin with POST /v1/me/second-factor.',
    issues: [{ pointer: '/code', rule: 'code', expected: 'the six digits that the app shows now' }],
  });
