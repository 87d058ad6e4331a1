/**
 * Requests that a tenant has us make. The URL is theirs, so the network must not be: every address that the name has is checked, the connection
 * goes to the very address that was checked, no redirect is followed, no proxy of the environment is used, and what comes back is bounded in size
 * and time. What the operator allows (PINEBILL_OUTBOUND_ALLOWED_NETWORKS, PINEBILL_OUTBOUND_ALLOWED_PORTS) is the only way in.
 */
import { Resolver } from 'node:dns/promises';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Inject, Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { APP_CONFIG, type AppConfig } from '../../config';
import { isAllowed, networksOf, refusalOfAddress } from './addresses';

/** From the first question to the resolver to the last byte. */
export const OUTBOUND_MS = 10_000;
const RESOLVE_MS = 3_000;
const MAX_ANSWER_BYTES = 4_096;
const MAX_URL = 2_000;
/** Of one name. Beyond it nobody means well. */
const MAX_ADDRESSES = 32;
/** So many addresses of a name are tried, one after the other. */
const MAX_TRIES = 2;

export type OutboundRequest = { url: string; headers: Readonly<Record<string, string>>; body: string };
/** `failed`: nothing was sent, or no answer came; `error` is for the tenant to read. */
export type OutboundAnswer =
  | { kind: 'answered'; status: number; retryAfter: string | null; body: string; durationMs: number }
  | { kind: 'failed'; error: string; durationMs: number };
export type OutboundOptions = {
  /** All addresses of a name. */
  resolve?: (hostname: string) => Promise<readonly string[]>;
  limitMs?: number;
  /** Certificates of authorities to believe besides; for specs. */
  ca?: string;
};

class Refused extends Error {}

@Injectable()
export class Outbound {
  private readonly networks: ReturnType<typeof networksOf>;
  private readonly ports: readonly number[];

  constructor(@Inject(APP_CONFIG) { outbound }: Pick<AppConfig, 'outbound'>) {
    this.networks = networksOf(outbound.networks);
    this.ports = outbound.ports;
  }

  /** What is wrong with a URL, as far as can be told without asking a resolver; to be read after "takes". Null: nothing. */
  refusalOf(text: string): string | null {
    try {
      const url = this.read(text);
      const host = bareHost(url);
      if (isIP(host) !== 0) this.requireAddress(url, host);
      return null;
    } catch (error) {
      if (error instanceof Refused) return error.message;
      throw error;
    }
  }

  /** Never throws. */
  async post(request: OutboundRequest, { resolve = resolved, limitMs = OUTBOUND_MS, ca }: OutboundOptions = {}): Promise<OutboundAnswer> {
    const startedAt = performance.now();
    const durationMs = (): number => Math.round(performance.now() - startedAt);
    const limit = AbortSignal.timeout(limitMs);
    try {
      const url = this.read(request.url);
      const addresses = await this.addressesOf(url, resolve, limit);
      const answer = await this.firstAnswer(addresses, (address) =>
        send(url, address, request, { limit, ...(ca !== undefined && { ca }) }),
      );
      return { kind: 'answered', ...answer, durationMs: durationMs() };
    } catch (error) {
      const late = limit.aborted ? `no answer within ${limitMs / 1_000} s` : null;
      return { kind: 'failed', error: late ?? wordsOf(error), durationMs: durationMs() };
    }
  }

  private read(text: string): URL {
    const url = text.length <= MAX_URL ? URL.parse(text) : null;
    const protocols = this.networks.length === 0 ? ['https:'] : ['https:', 'http:'];
    if (!url || !protocols.includes(url.protocol) || url.hostname === '') throw new Refused('a URL with https');
    if (url.username !== '' || url.password !== '') throw new Refused('a URL without a user name and a password');
    // 80 of http goes without saying: that goes to networks of the operator alone.
    const isUsual = url.port === '' || this.ports.includes(Number(url.port));
    if (!isUsual) throw new Refused(`a URL with one of the ports that are allowed: ${this.ports.join(', ')}`);
    return url;
  }

  private async addressesOf(url: URL, resolve: NonNullable<OutboundOptions['resolve']>, limit: AbortSignal): Promise<string[]> {
    const host = bareHost(url);
    const found = isIP(host) === 0 ? await orAbort(resolve(host), limit) : [host];
    if (found.length === 0) throw new Error(`the name ${host} has no address`);
    if (found.length > MAX_ADDRESSES) throw new Refused(`a name with ${MAX_ADDRESSES} addresses at the most`);
    // One that may not be is enough: which of them is taken must not be up to luck.
    for (const address of found) this.requireAddress(url, address);
    return [...found];
  }

  private requireAddress(url: URL, address: string): void {
    const refusal = refusalOfAddress(address, this.networks);
    if (refusal !== null) throw new Refused(`a URL that leads to the public internet; this one leads to ${refusal}`);
    if (url.protocol === 'http:' && !isAllowed(ipaddr.parse(address), this.networks)) throw new Refused('a URL with https');
  }

  /** The next address only where nothing was sent to the one before. */
  private async firstAnswer<T>(addresses: readonly string[], attempt: (address: string) => Promise<T>): Promise<T> {
    const [first = '', ...others] = addresses.slice(0, MAX_TRIES);
    try {
      return await attempt(first);
    } catch (error) {
      if (others.length === 0 || !isUnreachable(error)) throw error;
      return this.firstAnswer(others, attempt);
    }
  }
}

const portOf = ({ port, protocol }: URL): number => (port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port));
const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');
const isUnreachable = (error: unknown): boolean =>
  ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'].includes((error as { code?: string }).code ?? '');

/**
 * Past `getaddrinfo`: that occupies one of the few threads which the journal is flushed by, for as long as the name's server likes. It reads no hosts
 * file, and knows no search domains.
 */
async function resolved(hostname: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: RESOLVE_MS, tries: 1 });
  const none = (error: Error & { code?: string }): string[] => {
    if (error.code === 'ENODATA' || error.code === 'ENOTFOUND') return [];
    throw error;
  };
  const [v4, v6] = await Promise.all([resolver.resolve4(hostname).catch(none), resolver.resolve6(hostname).catch(none)]);
  return [...v4, ...v6];
}

type Sent = { status: number; retryAfter: string | null; body: string };

function send(
  url: URL,
  address: string,
  { headers, body }: OutboundRequest,
  { limit, ca }: { limit: AbortSignal; ca?: string },
): Promise<Sent> {
  const isTls = url.protocol === 'https:';
  const host = bareHost(url);
  const options = {
    method: 'POST',
    // The address, not the name: nothing is looked up again.
    host: address,
    port: portOf(url),
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, host: url.host, 'content-length': Buffer.byteLength(body), 'user-agent': 'PineBill-Webhooks/1' },
    signal: limit,
  };
  return new Promise((resolve, reject) => {
    const sent = isTls
      ? httpsRequest({
          ...options,
          agent: new HttpsAgent({ keepAlive: false }),
          minVersion: 'TLSv1.2',
          // A certificate is of the name; an address is told no name (RFC 6066).
          servername: isIP(host) === 0 ? host : '',
          ...(ca !== undefined && { ca }),
        })
      : httpRequest({ ...options, agent: new HttpAgent({ keepAlive: false }) });
    let answered = false;
    sent.on('response', (response) => {
      answered = true;
      void read(response).then(resolve, reject);
    });
    sent.on('socket', (socket) =>
      socket.once('connect', () => {
        if (!isSame((socket as TLSSocket).remoteAddress, address))
          sent.destroy(new Refused('a connection to the address that was checked'));
      }),
    );
    // Of what comes after the status, `read` takes what there is.
    sent.on('error', (error) => answered || reject(error));
    sent.end(body);
  });
}

const isSame = (remote: string | undefined, address: string): boolean =>
  remote !== undefined && ipaddr.isValid(remote) && ipaddr.process(remote).toString() === ipaddr.process(address).toString();

/** The beginning; the rest is not waited for. */
async function read(response: IncomingMessage): Promise<Sent> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // Cut, or out of time: the status is the answer, and it has come.
  }
  response.destroy();
  const body = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8');
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] ?? null, body };
}

async function orAbort<T>(work: Promise<T>, limit: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('aborted'));
    limit.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    limit.removeEventListener('abort', stop);
  }
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'the address cannot be reached',
  ENETUNREACH: 'the address cannot be reached',
  ENOTFOUND: 'the name has no address',
  ETIMEOUT: 'the name server did not answer',
  ESERVFAIL: 'the name server failed',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by an authority that is trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by an authority that is trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be traced to an authority that is trusted here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is of another name',
};

function wordsOf(error: unknown): string {
  if (error instanceof Refused) return `refused before anything was sent: takes ${error.message}`;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return words[code] ?? (code.startsWith('HPE_') ? 'what answers speaks no HTTP' : message.slice(0, 200));
}
