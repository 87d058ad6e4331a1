/** Authorises, deny by default: a route that does not say who may call it is closed. Authentication happened before, at the edge. */
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuditTrail } from '@pinebill/nestjs-audit';
import type { FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { APP_CONFIG, type AppConfig } from '../config';
import { ACCESS } from '../platform/access.decorator';
import type { AccessRule, ApiKeyActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Countries } from '../platform/country';
import { actorOf, findActor, setActor } from '../platform/request-context';
import { setStanding } from '../platform/standing';
import { admitPerson, type Declared } from './admit-person';
import { admitPlace } from './admit-place';
import { isCrossSite } from './cross-site';
import { PersonAuthentication } from './person-authentication';
import type { KeyContext, LivingKey } from './program-authentication';
import { Standings } from './standings';

const reads = new Set(['GET', 'HEAD']);
/** Public routes that set a session cookie. By template: `/v1/%73ession` leads to the same handler. */
const startsSession = new Set(['/v1/session', '/v1/session/oidc/code', '/v1/invitations/:token/accept']);

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly trail: AuditTrail,
    private readonly people: PersonAuthentication,
    private readonly standings: Standings,
    private readonly countries: Countries,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS, [context.getHandler(), context.getClass()]);
    // A forgotten decorator is a closed door, not an open one.
    if (!rule) throw new AppError('route_not_declared');
    const { routeOptions, raw: request } = context.switchToHttp().getRequest<FastifyRequest>();
    this.refuseCrossSite(request, routeOptions.url ?? '');
    if (rule.kind === 'public') return true;
    const actor = actorOf(request);
    if (actor.type === 'apiKey') {
      setStanding(request, () => this.standings.holds(() => this.admitLiving(actor, rule, request)));
      return this.admitLiving(actor, rule, request);
    }
    if (actor.type === 'user') {
      setStanding(request, () => this.standings.holds(() => this.standings.admitAgain(actor, rule, request)));
      admitPerson(actor, rule);
      if (rule.permission !== 'signed-in') setActor(request, { ...actor, admittedFor: rule.permission });
    }
    return true;
  }

  private admitLiving(actor: ApiKeyActor, rule: Declared, request: IncomingMessage): boolean | Promise<boolean> {
    const { stillLiving } = this.trail.identity(request)?.context as KeyContext;
    const living = stillLiving();
    if (!(living instanceof Promise)) return this.admitProgram(actor, { ...rule, ...living }, request);
    return living.then((key) => this.admitProgram(actor, { ...rule, ...key }, request));
  }

  private admitProgram(actor: ApiKeyActor, { scope, key, state }: Declared & LivingKey, request: IncomingMessage): boolean {
    admitPlace(actor.ip, key, this.countries.of);
    if (scope === null) throw new AppError('person_required', { detail: 'No API key can do this. Sign in to the console instead.' });
    if (state === 'quarantined' && !reads.has(request.method ?? '')) throw new AppError('quarantined_key');
    if (!key.scopes.includes(scope)) {
      throw new AppError('missing_scope', {
        detail: `The API key lacks the scope ${scope}. An admin can make a key that has it.`,
        extensions: { scope },
        figures: { scope },
      });
    }
    return true;
  }

  private refuseCrossSite(request: IncomingMessage, template: string): void {
    // Nobody's browser sends our keys by itself, so programs are not asked.
    if (request.headers.authorization !== undefined) return;
    const crossSite = isCrossSite({
      method: request.method ?? '',
      headers: request.headers,
      withCookie: findActor(request) !== null || this.people.hasCookie(request),
      startsSession: request.method === 'POST' && startsSession.has(template),
      publicOrigin: this.config.publicUrl,
    });
    if (crossSite)
      throw new AppError('cross_site_request', {
        detail: 'The request came from another site, or does not say where from. Use the console, or an API key.',
      });
  }
}
