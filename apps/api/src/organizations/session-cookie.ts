/** Sets, clears and reads the session cookie. The scheme is the public URL's, never what a peer says in X-Forwarded-Proto. */
import { Inject, Injectable } from '@nestjs/common';
import { stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { APP_CONFIG, type AppConfig } from '../config';
import { hashSessionToken, readSessionToken, SESSION_ABSOLUTE_MS, sessionCookieName } from './session-token';

/** What a handler answers, and what it answers with. */
export type Exchange = { request: FastifyRequest; reply: FastifyReply };

@Injectable()
export class SessionCookie {
  private readonly https: boolean;

  constructor(@Inject(APP_CONFIG) config: Pick<AppConfig, 'publicUrl'>) {
    this.https = config.publicUrl?.startsWith('https:') ?? false;
  }

  /** Hash of the token that came with the request; null without one. */
  readHash(request: FastifyRequest): Buffer | null {
    const token = readSessionToken(request.headers.cookie, this.https);
    return token === null ? null : hashSessionToken(token);
  }

  set(reply: FastifyReply, token: string): void {
    this.write(reply, token, SESSION_ABSOLUTE_MS / 1_000);
  }

  clear(reply: FastifyReply): void {
    this.write(reply, '', 0);
  }

  private write(reply: FastifyReply, value: string, maxAge: number): void {
    const name = sessionCookieName(this.https);
    void reply.header(
      'set-cookie',
      stringifySetCookie({ name, value, maxAge, path: '/', httpOnly: true, sameSite: 'lax', secure: this.https }),
    );
  }
}
