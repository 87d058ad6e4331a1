/**
 * What is known of a request before any of its body was read and before the framework saw it. What costs something is worked out when
 * somebody asks: of most requests nobody asks which other methods the path takes.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { AuditRoutes, PathRoutes } from './audit.routes';
import type { EdgeRequest, KnownRoute, Mark } from './audit.types';
import { clientAddress, type Address, type Network } from './client-address';
import { newRecordId } from './record-id';

export class ArrivedRequest implements EdgeRequest {
  readonly id: string;
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string | null;
  readonly ip: string | null;
  readonly peerIp: string | null;
  /** The address was not written as it is stored. */
  readonly marks: readonly Mark[];
  private found: PathRoutes | null = null;

  /** `peer` is the other end of the socket; null when it was gone. */
  constructor(
    readonly raw: IncomingMessage,
    peer: Address | null,
    private readonly routes: AuditRoutes,
    trustedProxies: readonly Network[],
    readonly startedAtMs = Date.now(),
  ) {
    this.id = newRecordId(startedAtMs);
    this.method = raw.method ?? 'GET';
    [this.rawPath, this.rawQuery] = split(raw.url ?? '/');
    const client = whoCalls(raw, peer, trustedProxies);
    this.peerIp = peer && peer.ip;
    this.ip = client && client.ip;
    this.marks = client?.sanitized || peer?.sanitized ? sanitized : none;
  }

  get startedAt(): Date {
    return new Date(this.startedAtMs);
  }

  get headers(): IncomingHttpHeaders {
    return this.raw.headers;
  }

  /** What has this path, whatever its method. */
  get there(): PathRoutes {
    return (this.found ??= this.routes.at(this.rawPath));
  }

  get route(): KnownRoute | null {
    return this.there.find(this.method);
  }

  get allowedMethods(): readonly string[] {
    return this.there.allowedMethods();
  }
}

const none: readonly Mark[] = [];
const sanitized: readonly Mark[] = ['sanitized'];

/** A fragment does not belong on the wire; Fastify cuts the path there, and so does the record. */
function split(url: string): [path: string, query: string | null] {
  const cut = url.search(/[?#]/);
  return cut < 0 ? [url, null] : [url.slice(0, cut), url.slice(cut + 1)];
}

/** The first address, from the right of `X-Forwarded-For`, that no trusted proxy has; mostly there are none. */
function whoCalls({ headers }: IncomingMessage, peer: Address | null, trustedProxies: readonly Network[]): Address | null {
  if (!peer || trustedProxies.length === 0) return peer;
  return clientAddress(peer, [headers['x-forwarded-for'] ?? []].flat().join(','), trustedProxies);
}
