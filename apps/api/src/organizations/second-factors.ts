/**
 * The second factor in the database, inside somebody's transaction: whether a code is right, and what becomes of it. A failure is counted in
 * the row itself, so it holds over all addresses and processes; whoever gets here has given the right password.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { Sealing } from '../platform/sealing';
import { acceptedStep, hashRecoveryCode, newRecoveryCodes, readCode, waitAfterMs } from './second-factor-code';

type Row = {
  user_id: string;
  secret: Buffer;
  /** bigint: a string. */
  last_step: string;
  failed_count: number;
  failed_at: Date | null;
};
/** `none`: there is no second factor to prove. A number: for how many milliseconds codes are not looked at. */
export type CodeVerdict = 'none' | 'missing' | 'right' | 'wrong' | { waitMs: number };

export const purposeOf = (userId: string): string => `second-factor ${userId}`;

@Injectable()
export class SecondFactors {
  constructor(
    private readonly clock: Clock,
    private readonly sealing: Sealing,
  ) {}

  /** A verdict of `wrong` must be committed: do not throw inside the transaction. */
  async check(tx: EntityManager, userId: string, text: string | undefined): Promise<CodeVerdict> {
    // Locked: of two who type the same code at once, one gets in.
    const [row] = await tx.query<Row[]>(
      'select user_id, secret, last_step, failed_count, failed_at from second_factor where user_id = $1 and confirmed_at is not null for update',
      [userId],
    );
    if (!row) return 'none';
    if (text === undefined) return 'missing';
    const { kind, code } = readCode(text);
    // 80 random bits are not guessed: who has lost their app gets in, whoever else is guessing.
    if (kind === 'recovery') return this.conclude(tx, row, await this.useRecoveryCode(tx, row, code));
    const waitMs = this.waitMs(row);
    if (waitMs > 0) return { waitMs };
    return this.conclude(tx, row, kind === 'totp' && (await this.useStep(tx, row, code)));
  }

  /** In place of all earlier ones. */
  async renewRecoveryCodes(tx: EntityManager, userId: string): Promise<string[]> {
    const codes = newRecoveryCodes();
    await tx.query('delete from recovery_code where user_id = $1', [userId]);
    await tx.query('insert into recovery_code (user_id, code_hash, created_at) select $1, unnest($2::bytea[]), $3', [
      ...[userId, codes.map(hashRecoveryCode), this.clock.now()],
    ]);
    return codes;
  }

  /** Whether there was one in force. */
  async remove(tx: EntityManager, userId: string): Promise<boolean> {
    // In the order in which `check` locks them.
    const [rows] = await tx.query<[{ on: boolean }[], number]>(
      'delete from second_factor where user_id = $1 returning confirmed_at is not null as on',
      [userId],
    );
    await tx.query('delete from recovery_code where user_id = $1', [userId]);
    return rows[0]?.on === true;
  }

  private waitMs({ failed_count, failed_at }: Row): number {
    return failed_at === null ? 0 : Math.max(0, failed_at.getTime() + waitAfterMs(failed_count) - this.clock.now().getTime());
  }

  private async useStep(tx: EntityManager, row: Row, code: string): Promise<boolean> {
    const secret = await this.sealing.unseal(row.secret, purposeOf(row.user_id));
    if (secret === null) return false; // sealed under another PINEBILL_SECRET: recovery codes still work
    const step = acceptedStep(secret, code, { lastStep: Number(row.last_step), now: this.clock.now() });
    if (step === null) return false;
    await tx.query('update second_factor set last_step = $2 where user_id = $1', [row.user_id, step]);
    return true;
  }

  private async useRecoveryCode(tx: EntityManager, { user_id }: Row, code: string): Promise<boolean> {
    const [, used] = await tx.query<[unknown[], number]>(
      'update recovery_code set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null',
      [user_id, hashRecoveryCode(code), this.clock.now()],
    );
    return used === 1;
  }

  private async conclude(tx: EntityManager, { user_id }: Row, right: boolean): Promise<'right' | 'wrong'> {
    if (right) {
      await tx.query('update second_factor set failed_count = 0, failed_at = null where user_id = $1', [user_id]);
      return 'right';
    }
    const values = [user_id, this.clock.now()];
    await tx.query('update second_factor set failed_count = failed_count + 1, failed_at = $2 where user_id = $1', values);
    return 'wrong';
  }
}

export function tooManyCodes(waitMs: number): AppError {
  const minutes = Math.ceil(waitMs / 60_000);
  return new AppError('rate_limited', {
    detail: `Too many wrong codes. Wait ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} and try again, or use a recovery code now.`,
    reason: 'sign_in_limit',
    headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
  });
}
