/** A real OpenID provider (`oidc-provider`) on a port of this machine, whose people sign in without a page, and the browser that walks through it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type Configuration } from 'oidc-provider';

export const client = { id: 'pinebill', secret: 'a secret of the provider' };
export type ProviderPerson = { sub: string; email?: string; email_verified?: boolean; name?: string; groups?: string[]; amr?: string[] };

export type TestProvider = {
  issuer: string;
  /** Who signs in there next. */
  person: ProviderPerson;
  /** False: no connection is answered. */
  up: boolean;
  /** Once it is known where the product listens. */
  knows(redirectUri: string): void;
  close(): Promise<void>;
};

export async function startProvider(): Promise<TestProvider> {
  let answer: ((request: IncomingMessage, response: ServerResponse) => void) | null = null;
  const server: Server = createServer((request, response) => {
    if (!test.up || answer === null) request.socket.destroy();
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const test: TestProvider = {
    issuer,
    person: { sub: 'nobody' },
    up: false,
    knows: (redirectUri) => {
      const provider = new Provider(
        issuer,
        configuration(redirectUri, () => test.person),
      );
      const callback = provider.callback();
      answer = (request, response) => {
        if (!request.url?.startsWith('/interaction/')) return void callback(request, response);
        const { sub: accountId, amr } = test.person;
        void provider.interactionFinished(request, response, { login: { accountId, ...(amr ? { amr } : {}) } });
      };
      test.up = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return test;
}

function configuration(redirectUri: string, person: () => ProviderPerson): Configuration {
  return {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub', 'groups', 'amr'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: ['of a test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, sub) => {
      // The methods of the sign-in are the provider's to tell, not the account's.
      return { accountId: sub, claims: () => ({ ...person(), amr: undefined, sub }) };
    },
    // Everybody has agreed already.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: client.id, accountId: oidc.session?.accountId ?? '' });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  };
}

/** From the address that the product leads to, to the one that the provider leads back to. */
export async function throughProvider(url: string, home: string): Promise<string> {
  const jar = new Map<string, string>();
  let at = url;
  for (let hops = 0; hops < 8; hops++) {
    const response = await fetch(at, { redirect: 'manual', headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; ') } });
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = cookie.split(';')[0]?.split('=') ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`the provider stopped at ${at} with ${response.status}: ${await response.text()}`);
    at = new URL(location, at).href;
    if (at.startsWith(home)) return at;
  }
  throw new Error('the provider goes round in circles');
}
