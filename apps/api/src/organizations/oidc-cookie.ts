/**
 * What must be known when a person comes back from the provider, kept in their own browser: sealed, so nobody reads or makes it, bound to this
 * host, and for ten minutes. Any process can go on with it.
 */
import { Inject, Injectable } from '@nestjs/common';
import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { APP_CONFIG, type AppConfig } from '../config';
import { Clock } from '../platform/clock';
import { Sealing } from '../platform/sealing';
import type { OidcFlow } from './oidc-client';

const LIFE_SECONDS = 600;
const PURPOSE = 'oidc sign-in';

/** On the way to the provider; or back from it, with the code of a second factor missing. */
export type OidcStep = { step: 'provider'; flow: OidcFlow } | { step: 'code'; issuer: string; subject: string };

@Injectable()
export class OidcCookie {
  private readonly https: boolean;

  constructor(
    @Inject(APP_CONFIG) config: Pick<AppConfig, 'publicUrl'>,
    private readonly sealing: Sealing,
    private readonly clock: Clock,
  ) {
    this.https = config.publicUrl?.startsWith('https:') ?? false;
  }

  async set(reply: FastifyReply, step: OidcStep): Promise<void> {
    const until = this.clock.now().getTime() + LIFE_SECONDS * 1_000;
    const sealed = await this.sealing.seal(Buffer.from(JSON.stringify({ ...step, until })), PURPOSE);
    this.write(reply, sealed.toString('base64url'), LIFE_SECONDS);
  }

  /** Null: none, not ours, or too old. */
  async read(request: FastifyRequest): Promise<OidcStep | null> {
    const value = parseCookie(request.headers.cookie ?? '')[this.name()];
    const opened = value ? await this.sealing.unseal(Buffer.from(value, 'base64url'), PURPOSE) : null;
    if (opened === null) return null;
    // Ours, or it would not have opened.
    const { until, ...step } = JSON.parse(opened.toString()) as OidcStep & { until: number };
    return until > this.clock.now().getTime() ? step : null;
  }

  clear(reply: FastifyReply): void {
    this.write(reply, '', 0);
  }

  private name(): string {
    return this.https ? '__Host-pinebill_oidc' : 'pinebill_oidc';
  }

  /** Lax: the way back is a navigation from the provider's site. */
  private write(reply: FastifyReply, value: string, maxAge: number): void {
    const cookie = { name: this.name(), value, maxAge, path: '/', httpOnly: true, sameSite: 'lax', secure: this.https } as const;
    void reply.header('set-cookie', stringifySetCookie(cookie));
  }
}
