/**
 * Lets `server.close()` come to an end. It waits for every connection, and Node cuts only those that are idle at that moment: not one on which
 * nothing was ever sent (a browser opens such in advance), not one that becomes idle later; and it stops its own timeouts. A request that is
 * being worked on is never cut short here.
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { ClientConnection } from './client-connection';

const LOOK_EVERY_MS = 50;
/** How long what has begun to arrive may go on arriving. */
const ARRIVAL_MS = 2_000;

/** `tooLate`: the rest of a request did not come in time. `unanswered`: the responses that have not been answered yet. */
export function endConnectionsOnClose(
  server: Server,
  edge: { tooLate: (socket: Socket) => void; unanswered: () => Iterable<ServerResponse> },
): void {
  const sockets = new Set<Socket>();
  // Of TLS only the inner socket is the one that requests name.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const close = server.close.bind(server);
  let looking: NodeJS.Timeout | null = null;
  server.close = (callback) => {
    // Their clients must not send another request on a connection that is about to end.
    for (const response of edge.unanswered()) if (!response.headersSent) response.shouldKeepAlive = false;
    const lateAt = performance.now() + ARRIVAL_MS;
    looking ??= setInterval(() => {
      server.closeIdleConnections();
      for (const socket of sockets) {
        if (socket.bytesRead === 0) socket.destroy();
        else if (performance.now() > lateAt && ClientConnection.of(socket).isStillArriving) edge.tooLate(socket);
      }
      if (sockets.size === 0 && looking) clearInterval(looking);
    }, LOOK_EVERY_MS).unref();
    return close(callback);
  };
}
