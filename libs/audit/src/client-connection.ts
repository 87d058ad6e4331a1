/** What is going on on one socket: the requests that are not answered yet, and whether its parser has failed. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { normalAddress, type Address } from './client-address';
import type { Exchange } from './exchange';

/** On the socket itself: a map beside it would have to be looked up for every request. */
const CONNECTION = Symbol('connection');
type Carrier = Socket & { [CONNECTION]?: ClientConnection };

export class ClientConnection {
  /** Read at once: after the close it is undefined. */
  readonly peer: Address | null;
  /** The parser reports one failure several times (a 64 KB URL does); there is one record. */
  hasFailed = false;
  /** It speaks another protocol by now. */
  isForeign = false;
  private latest: Exchange | null = null;
  private bytesAtLatest = 0;
  private unrecorded = 0;
  hasServed = false;
  /** One, unless requests are pipelined. Not a Set: see `OpenExchanges`. */
  private readonly open: Exchange[] = [];

  private constructor(private readonly socket: Socket) {
    this.peer = socket.remoteAddress === undefined ? null : normalAddress(socket.remoteAddress);
    // Responses that wait for their turn hear of the close only here.
    socket.once('close', () => [...this.open].forEach((exchange) => exchange.connectionClosed()));
  }

  static of(socket: Socket): ClientConnection {
    return ((socket as Carrier)[CONNECTION] ??= new ClientConnection(socket));
  }

  add(exchange: Exchange): void {
    this.latest = exchange;
    this.hasServed = true;
    this.bytesAtLatest = this.socket.bytesRead;
    this.open.push(exchange);
  }

  closed(exchange: Exchange): void {
    this.open.splice(this.open.indexOf(exchange), 1);
    // The connection outlives its requests by far: what it pointed at would live as long.
    if (this.latest === exchange && !exchange.isArriving) this.latest = null;
  }

  /** A request that leaves no record: what comes behind it is another's all the same. */
  passBy(response: ServerResponse): void {
    this.latest = null;
    this.hasServed = true;
    this.bytesAtLatest = this.socket.bytesRead;
    this.unrecorded++;
    response.once('close', () => this.unrecorded--);
  }

  /** Half a request: its body is not complete, or nothing else is going on here although bytes have come. */
  get isStillArriving(): boolean {
    if (this.hasFailed || this.isForeign) return false;
    return this.arriving !== null || (this.open.length === 0 && this.unrecorded === 0);
  }

  /** The request whose body is still arriving: only the latest can be. */
  get arriving(): Exchange | null {
    return this.latest?.isArriving ? this.latest : null;
  }

  /** Whether these bytes, the last that were read, hold nothing of an earlier request. */
  beginsWith(packet: Uint8Array): boolean {
    return !this.hasServed || this.socket.bytesRead - packet.byteLength >= this.bytesAtLatest;
  }

  /** Resolves when the earlier answers have left. */
  async answered(): Promise<void> {
    await Promise.all(this.open.map((exchange) => exchange.closed));
  }
}
