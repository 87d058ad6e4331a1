/**
 * The connections of clients: how many are open, how many were turned away at the cap, and how they end when the product stops.
 *
 * One that is turned away is closed before a byte of it is read: it is no request, so it has no record, and it is counted here.
 */
import { Server as NetServer, type Socket } from 'node:net';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';

const LOOK_EVERY_MS = 20;
/** Of the event loop, before the listening socket closes; then as many as still bring a connection, for so long at most. */
const LAST_TURNS = 100;
const LAST_TURNS_MS = 3_000;
const SAY_EVERY_MS = 60_000;

@Injectable()
export class Connections {
  private readonly logger = new Logger('Connections');
  private readonly sockets = new Set<Socket>();
  private readonly unanswered = new Set<ServerResponse>();
  private server: Server | null = null;
  private draining = false;
  private saidAt = -Infinity;
  private turnedAway = 0;
  private taken = 0;

  /** Open at the moment. */
  get open(): number {
    return this.sockets.size;
  }

  /** Turned away since the start. */
  get dropped(): number {
    return this.turnedAway;
  }

  watch(server: Server, maxConnections: number): void {
    this.server = server;
    server.maxConnections = maxConnections;
    server.on('drop', () => this.drop(maxConnections));
    server.on('connection', (socket: Socket) => {
      this.taken++;
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    // First in line: the answer may be made in this very turn.
    server.prependListener('request', (_: IncomingMessage, response: ServerResponse) => {
      if (this.draining) response.shouldKeepAlive = false;
      this.unanswered.add(response);
      response.once('close', () => this.unanswered.delete(response));
    });
  }

  /**
   * No new connection is taken; every answer from now on says `Connection: close`, and a request that arrives on an open connection is
   * answered as always. Resolves when no connection is left, or after `graceMs`: then those that are idle may be closed. Node's own close
   * would cut idle connections at once, and with them what a client is just sending.
   */
  async drain(graceMs: number): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.draining = true;
    for (const response of this.unanswered) if (!response.headersSent) response.shouldKeepAlive = false;
    await this.takeWaiting(server);
    // The HTTP server's own close cuts idle connections; this is that of the listening socket alone.
    NetServer.prototype.close.call(server);
    for (const until = performance.now() + graceMs; this.sockets.size > 0 && performance.now() < until;) await delay(LOOK_EVERY_MS);
  }

  /**
   * What waits to be taken when the listening socket closes would be reset: that is taken first. A turn of the event loop takes one, so a busy
   * process takes them no faster than they come; therefore nobody may join the queue any more.
   */
  private async takeWaiting(server: Server): Promise<void> {
    closeQueue(server);
    const until = performance.now() + LAST_TURNS_MS;
    for (let turn = 0, before = -1; turn < LAST_TURNS || (this.taken > before && performance.now() < until); turn++) {
      before = this.taken;
      await setImmediate();
    }
  }

  private drop(maxConnections: number): void {
    this.turnedAway++;
    if (performance.now() - this.saidAt < SAY_EVERY_MS) return;
    this.saidAt = performance.now();
    this.logger.warn(
      `${maxConnections} connections are open, further ones are turned away (${this.turnedAway} since the start). PINEBILL_MAX_CONNECTIONS sets how many there may be.`,
    );
  }
}

/**
 * A queue of no length: the kernel lets who connects try again a moment later, and be refused in order when the listening socket is closed by then.
 * Node has no name for calling listen(2) again; without its handle the queue stays as it is.
 */
function closeQueue(server: Server): void {
  const { _handle: handle } = server as { _handle?: { listen?: (backlog: number) => number } };
  handle?.listen?.(0);
}
