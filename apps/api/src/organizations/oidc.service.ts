/**
 * Signing in at an OpenID provider. The provider vouches for the person, and for their second factor when it says that one was used (`amr`);
 * else an account with a second factor is asked for its code here, as after the password.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config';
import { Tenant } from '../database/tenant';
import { AppError } from '../platform/app-error';
import type { SessionView } from './organizations.dto';
import { OidcAccounts, type Admitted } from './oidc-accounts';
import { OidcClient, OidcFailure, type OidcIdentity, type OidcProblem } from './oidc-client';
import { OidcCookie } from './oidc-cookie';
import { provesSecondFactor } from './oidc-methods';
import { lockPerson } from './person-lock';
import type { Exchange } from './session-cookie';
import { SessionsService, type OpenedSession, type Person } from './sessions.service';
import { SignInService } from './sign-in.service';

const CALLBACK = '/v1/session/oidc/callback';
/** Pages of the console. `back`: the browser takes over the session that was just opened. */
const pages = { back: '/#/login?from=provider', code: '/#/login?from=provider-code' };
const pageOf = (problem: OidcProblem): string => `/#/login?problem=${problem}`;

@Injectable()
export class OidcService {
  private readonly logger = new Logger('Oidc');

  // Seven, two more than the house rule: the provider, the way there and back, the account and the session meet here.
  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'oidc'>,
    private readonly tenant: Tenant,
    private readonly client: OidcClient,
    private readonly cookie: OidcCookie,
    private readonly accounts: OidcAccounts,
    private readonly sessions: SessionsService,
    private readonly signIn: SignInService,
  ) {}

  /** Where to send the browser. */
  async start(origin: string, { reply }: Exchange): Promise<string> {
    this.requireProvider();
    try {
      const { url, flow } = await this.client.begin(`${origin}${CALLBACK}`);
      await this.cookie.set(reply, { step: 'provider', flow });
      return url;
    } catch (error) {
      return pageOf(problemOf(error));
    }
  }

  /** Where to send the browser: into the console, or to the sign-in page with a sentence. */
  async finish(exchange: Exchange): Promise<string> {
    this.requireProvider();
    const location = await this.cameBack(exchange);
    if (location !== pages.code) this.cookie.clear(exchange.reply); // whatever came of it: one answer for one question
    return location;
  }

  private async cameBack(exchange: Exchange): Promise<string> {
    const { request } = exchange;
    try {
      const step = await this.cookie.read(request);
      if (step?.step !== 'provider') throw new OidcFailure('unfinished');
      const search = request.url.indexOf('?');
      const identity = await this.client.finish(search < 0 ? '' : request.url.slice(search), step.flow);
      return await this.admit(identity, exchange);
    } catch (error) {
      return pageOf(problemOf(error));
    }
  }

  /** The code of the second factor, after the provider. */
  async code(code: string, exchange: Exchange): Promise<SessionView> {
    this.requireProvider();
    const step = await this.cookie.read(exchange.request);
    const account = step?.step === 'code' ? await this.accounts.find(step) : null;
    if (!account?.organization_id || account.role === null || account.suspended_at !== null)
      throw new AppError('no_session', { detail: 'The sign-in at the provider was too long ago. Begin again.' });
    this.sessions.attribute(exchange.request, account.organization_id);
    const view = await this.signIn.withCode({ account, person: personOf(account as Admitted), code }, { ...exchange, via: 'oidc' });
    this.cookie.clear(exchange.reply);
    return view;
  }

  private async admit(identity: OidcIdentity, exchange: Exchange): Promise<string> {
    const account = await this.accounts.accountOf(identity).catch(async (error: unknown) => {
      const known = await this.accounts.find(identity);
      if (known) {
        if (known.organization_id) this.sessions.attribute(exchange.request, known.organization_id);
        await this.sessions.recordFailure(exchange.request, known, { via: 'oidc', problem: problemOf(error) });
      }
      throw error;
    });
    this.sessions.attribute(exchange.request, account.organization_id);
    const opened = await this.open(personOf(account), { ...exchange, isProved: provesSecondFactor(identity.methods) });
    if (opened === null) {
      await this.cookie.set(exchange.reply, { step: 'code', issuer: identity.issuer, subject: identity.subject });
      return pages.code;
    }
    this.sessions.handOver(opened, exchange);
    return pages.back;
  }

  /** Null: the code of a second factor is missing. Asked under the lock: one that is being set up at this moment comes before, or ends the session. */
  private open(person: Person, { request, isProved }: Pick<Exchange, 'request'> & { isProved: boolean }): Promise<OpenedSession | null> {
    return this.tenant.run(person, async (tx) => {
      await lockPerson(tx, person.id);
      const [row] = await tx.query<{ on: boolean }[]>('select second_factor_is_on($1) as on', [person.id]);
      return row?.on === true && !isProved ? null : this.sessions.open(tx, person, { request, via: 'oidc' });
    });
  }

  private requireProvider(): void {
    if (this.config.oidc === null)
      throw new AppError('resource_not_found', { detail: 'No OpenID provider is set up here. Sign in with e-mail and password.' });
  }
}

const problemOf = (error: unknown): OidcProblem => {
  if (error instanceof OidcFailure) return error.problem;
  throw error;
};

const personOf = ({ id, email, name, role, organization_id, must_change_password }: Admitted): Person => ({
  ...{ id, email, name, role, organizationId: organization_id },
  mustChangePassword: must_change_password,
});
