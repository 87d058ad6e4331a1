/** A caller of the API, as a program or as a person with a cookie; and a raw socket for what no client library would send. */
import { connect } from 'node:net';
import type { Product } from './product';

export type Answer = { status: number; headers: Headers; text: string; json: any }; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers of any shape are looked into by specs
export type Options = { body?: unknown; key?: string; headers?: Record<string, string> };
export type Caller = (method: string, path: string, options?: Options) => Promise<Answer>;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // not JSON: the specs look at the text
  }
}

export function caller(url: string): Caller {
  let cookie = '';
  return async (method, path, { body, key, headers = {} } = {}) => {
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key ? { authorization: `Bearer ${key}` } : { origin: url, ...(cookie ? { cookie } : {}) }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    if (!key) for (const set of response.headers.getSetCookie()) cookie = set.split(';')[0]!;
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  };
}

export async function signIn(product: Product): Promise<Caller> {
  const call = caller(product.url);
  const answer = await call('POST', '/v1/session', { body: { email: product.adminEmail, password: product.adminPassword } });
  if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${answer.text}`);
  return call;
}

/** A person of a role, invited by the admin and signed in. */
export async function person(
  admin: Caller,
  url: string,
  role: 'admin' | 'member' | 'guest',
): Promise<Caller & { email: string; password: string }> {
  const email = `${role}-${Math.random().toString(36).slice(2, 8)}@example.com`;
  const password = 'another horse battery staple 2';
  const invitation = await admin('POST', '/v1/members', { body: { email, name: `A ${role}`, role } });
  const token = String(invitation.json.invitationUrl).split(/[/=]/).pop()!;
  const call = caller(url);
  const accepted = await call('POST', `/v1/invitations/${token}/accept`, { body: { name: `A ${role}`, password } });
  if (accepted.status !== 200) throw new Error(`accept: ${accepted.status} ${accepted.text}`);
  return Object.assign(call, { email, password });
}

export type RawOptions = {
  /** Close after so many ms without an answer's end. */ waitMs?: number;
  /** Sent after the first answer byte or 50 ms. */ then?: string;
  destroyAfterMs?: number;
};

/** Sends bytes as they are; resolves with all that came back once the server closes, or after `waitMs`. */
export function raw(port: number, bytes: string | Buffer, { waitMs = 700, then, destroyAfterMs }: RawOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes);
      if (then !== undefined) setTimeout(() => socket.write(then), 50);
      if (destroyAfterMs !== undefined) setTimeout(() => socket.destroy(), destroyAfterMs);
    });
    let text = '';
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? undefined : reject(error),
    );
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}
