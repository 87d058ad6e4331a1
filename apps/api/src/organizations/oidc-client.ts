/**
 * Talks to the OpenID provider: authorization code flow with PKCE, state and nonce (RFC 6749, RFC 7636, OpenID Connect Core). Knows no account.
 * What goes wrong is one of a few words, which the sign-in page has a sentence for; what the provider says in detail goes to the log.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import * as oidc from 'openid-client';
import { APP_CONFIG, type AppConfig } from '../config';

const TIMEOUT_SECONDS = 5;

export const oidcProblems = [
  'unreachable',
  'unfinished',
  'declined',
  'unverified_email',
  'no_account',
  'no_role',
  'suspended',
  'other_account',
] as const;
export type OidcProblem = (typeof oidcProblems)[number];

export class OidcFailure extends Error {
  constructor(
    readonly problem: OidcProblem,
    options?: ErrorOptions,
  ) {
    super(problem, options);
  }
}

/** What must be known again when the person comes back. */
export type OidcFlow = { state: string; nonce: string; verifier: string; redirectUri: string };
/** What the provider vouches for. */
export type OidcIdentity = {
  issuer: string;
  subject: string;
  /** Null: the provider does not say that it has verified one. */
  email: string | null;
  name: string | null;
  /** Whatever the claim that roles are mapped from contains. */
  groups: unknown;
  /** Methods of the sign-in there (RFC 8176). */
  methods: readonly unknown[];
};

@Injectable()
export class OidcClient {
  private readonly logger = new Logger('Oidc');
  private known: Promise<oidc.Configuration> | null = null;

  constructor(@Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'oidc'>) {}

  async begin(redirectUri: string): Promise<{ url: string; flow: OidcFlow }> {
    const provider = await this.provider();
    const flow = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier(), redirectUri };
    const url = oidc.buildAuthorizationUrl(provider, {
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      code_challenge: await oidc.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
      state: flow.state,
      nonce: flow.nonce,
    });
    return { url: url.href, flow };
  }

  /** `query` as the provider sent the person back with it. */
  async finish(query: string, { state, nonce, verifier, redirectUri }: OidcFlow): Promise<OidcIdentity> {
    const provider = await this.provider();
    try {
      const tokens = await oidc.authorizationCodeGrant(provider, new URL(`${redirectUri}${query}`), {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new OidcFailure('unfinished');
      return this.identityOf(await this.withUserInfo(provider, { token: tokens.access_token, claims }));
    } catch (error) {
      throw this.failureOf(error);
    }
  }

  /** Providers may keep e-mail and groups out of the token; what stands in the token counts more. */
  private async withUserInfo(
    provider: oidc.Configuration,
    { token, claims }: { token: string; claims: oidc.IDToken },
  ): Promise<oidc.IDToken> {
    const complete = claims['email'] !== undefined && claims[this.settings().roleClaim] !== undefined;
    if (complete || provider.serverMetadata().userinfo_endpoint === undefined) return claims;
    return { ...(await oidc.fetchUserInfo(provider, token, claims.sub)), ...claims };
  }

  private identityOf(claims: oidc.IDToken): OidcIdentity {
    const { email, email_verified: verified, name, amr } = claims;
    return {
      issuer: claims.iss,
      subject: claims.sub,
      email: typeof email === 'string' && verified === true ? email : null,
      name: typeof name === 'string' && name.trim() !== '' ? name.trim().slice(0, 120) : null,
      groups: claims[this.settings().roleClaim],
      methods: Array.isArray(amr) ? amr : [],
    };
  }

  /** Asked once; while the provider is away it is asked again at the next sign-in. */
  private provider(): Promise<oidc.Configuration> {
    this.known ??= this.discover().catch((error: unknown) => {
      this.known = null;
      this.logger.warn('The OpenID provider could not be read', error);
      throw new OidcFailure('unreachable', { cause: error });
    });
    return this.known;
  }

  private discover(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings();
    // Plain http only where the settings say so: config.ts allows it for this machine alone.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; there is no other way
    const execute = issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [];
    return oidc.discovery(new URL(issuer), clientId, clientSecret, undefined, { execute, timeout: TIMEOUT_SECONDS });
  }

  private settings(): NonNullable<AppConfig['oidc']> {
    if (this.config.oidc === null) throw new Error('No OpenID provider is set.');
    return this.config.oidc;
  }

  private failureOf(error: unknown): OidcFailure {
    if (error instanceof OidcFailure) return error;
    // A code that was used before, a state or nonce that is not ours: of no use to say which.
    const problem: OidcProblem =
      error instanceof oidc.AuthorizationResponseError ? 'declined' : isAway(error) ? 'unreachable' : 'unfinished';
    this.logger.warn(`A sign-in at the OpenID provider failed: ${problem}, ${codeOf(error)}`);
    return new OidcFailure(problem, { cause: error });
  }
}

const codeOf = (error: unknown): string =>
  error instanceof oidc.ClientError ? (error.code ?? error.name) : error instanceof Error ? error.name : 'unknown';

/** `fetch failed`, also inside the library's own error; or a time-out. By name: undici's errors need not be of our realm. */
function isAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, message, cause } = error as Partial<Error>;
  return name === 'TimeoutError' || (name === 'TypeError' && message === 'fetch failed') || isAway(cause);
}
