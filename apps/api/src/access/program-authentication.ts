/** `Authorization: Bearer pbk_...`: which key, and whether it may still be used. One body for every refusal; the record tells the cause. */
import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { keyShape, type KeyState, type Reason, type Scope } from '@pinebill/contract';
import { anonymous, type EdgeRequest, type Identity } from '@pinebill/nestjs-audit';
import { DataSource } from 'typeorm';
import { datesOf, keyState, nameOfKeySecret, type KeyForAuth } from '../api-keys';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { isDatabaseAway } from '../platform/problem';
import { setActor } from '../platform/request-context';
import { limitHeaders, limitsOfKey, RateLimits } from '../rate-limits';
import { KeyVerdicts, type Found } from './key-verdicts';
import { KnownKeys } from './known-keys';
import { refusal } from './refusal';

/** Kept on the request for the guard. */
export type KeyContext = {
  kind: 'key';
  /** The key as it is when its request is to be carried out: a body may take 30 s to arrive. Refuses by name what has been ended meanwhile. */
  stillLiving: () => LivingKey | Promise<LivingKey>;
};
export type LivingKey = { key: KeyForAuth; state: KeyState };

const deadReasons = {
  revoked: 'revoked_key',
  expired: 'expired_key',
  rotatedOut: 'rotated_out',
  disabled: 'disabled_key',
} as const satisfies Partial<Record<KeyState, Reason>>;

const deadReason = (state: KeyState): Reason | null => (state in deadReasons ? deadReasons[state as keyof typeof deadReasons] : null);

export function invalidKey(reason: Reason): AppError {
  return new AppError('invalid_api_key', {
    reason,
    detail: 'Send a valid API key as "Authorization: Bearer pbk_...". Keys are made and revoked in the console under API Keys.',
    headers: { 'www-authenticate': 'Bearer' },
  });
}

@Injectable()
export class ProgramAuthentication {
  private fingerprintKey: Buffer | null = null;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly verdicts: KeyVerdicts,
    private readonly known: KnownKeys,
    private readonly limits: RateLimits,
  ) {}

  async identify(edge: EdgeRequest, authorization: string): Promise<Identity> {
    const secret = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    const shape = secret === undefined ? 'malformed' : keyShape(secret);
    if (secret === undefined || shape === 'malformed') return this.refuse(edge, 'malformed_key');
    if (shape === 'badChecksum') return { ...this.refuse(edge, 'bad_checksum'), keyFingerprint: await this.fingerprint(secret) };
    const name = nameOfKeySecret(secret);
    const key = await this.verdicts.find(name, edge.ip);
    if (key === 'unverifiable') return { ...anonymous, refusal: refusal(unverifiable(), edge.id) };
    if (!key) return { ...this.refuse(edge, 'unknown_key'), keyFingerprint: await this.fingerprint(secret) };
    return this.admit(edge, { key, name });
  }

  private async admit(edge: EdgeRequest, { key, name }: { key: KeyForAuth; name: string }): Promise<Identity> {
    const state = keyState(datesOf(key), this.clock.now());
    const letIn = { ip: edge.ip, letInAt: performance.now() };
    const identity: Identity = {
      ...anonymous,
      organizationId: key.organization_id,
      actor: { type: 'apiKey', id: key.id, name: key.name },
      apiKey: { id: key.id, name: key.name, last4: key.last4, state },
      service: key.service,
      team: key.team,
      environment: key.environment,
      context: { kind: 'key', stillLiving: () => this.stillLiving(key.id, { name, ...letIn }) } satisfies KeyContext,
    };
    const dead = deadReason(state);
    if (dead) return { ...identity, refusal: refusal(invalidKey(dead), edge.id) };
    const verdict = await this.limits.take(limitsOfKey(key));
    const responseHeaders = limitHeaders(verdict);
    const limited = await this.limits.refusal(verdict);
    if (limited) return { ...identity, responseHeaders, refusal: refusal(limited, edge.id) };
    // The limits may have kept it waiting, and somebody may have revoked it meanwhile.
    if (this.known.isRevoked(key.id)) return { ...identity, refusal: refusal(invalidKey('revoked_key'), edge.id) };
    this.known.accept(key, this.clock.now());
    setActor(edge.raw, {
      type: 'apiKey',
      id: key.id,
      name: key.name,
      scopes: key.scopes as Scope[],
      organizationId: key.organization_id,
      ip: edge.ip,
      requestId: edge.id,
    });
    return { ...identity, responseHeaders };
  }

  /** No promise where nobody has to be asked. */
  private stillLiving(
    id: string,
    { name, ...letIn }: { name: string; ip: string | null; letInAt: number },
  ): LivingKey | Promise<LivingKey> {
    // Heard by this process alone, should it not be able to ask.
    if (this.known.isRevoked(id)) throw invalidKey('revoked_key');
    const found = this.verdicts.findAgain(name, letIn);
    return found instanceof Promise ? found.then((key) => this.requireLiving(key)) : this.requireLiving(found);
  }

  private requireLiving(key: Found): LivingKey {
    if (key === 'unverifiable') throw unverifiable();
    if (key === null) throw invalidKey('unknown_key');
    const state = keyState(datesOf(key), this.clock.now());
    const dead = deadReason(state);
    if (dead) throw invalidKey(dead);
    return { key, state };
  }

  /** Tells two unknown keys apart without storing them: 12 hexadecimal characters of an HMAC whose key stays in the database. */
  private async fingerprint(secret: string): Promise<string | null> {
    try {
      this.fingerprintKey ??=
        (await this.db.query<{ fingerprint_key: Buffer }[]>('select fingerprint_key from installation'))[0]?.fingerprint_key ?? null;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
    }
    return this.fingerprintKey && createHmac('sha256', this.fingerprintKey).update(secret).digest('hex').slice(0, 12);
  }

  private refuse(edge: EdgeRequest, reason: Reason): Identity {
    return { ...anonymous, refusal: refusal(invalidKey(reason), edge.id) };
  }
}

const unverifiable = (): AppError =>
  new AppError('authentication_unavailable', {
    detail: 'The API key cannot be checked because the database is away. It was not refused: try again in a few seconds.',
    headers: { 'retry-after': '2' },
  });
