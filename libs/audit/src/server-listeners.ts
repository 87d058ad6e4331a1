/**
 * Puts the edge in front of whoever listens on an HTTP server: their listeners are taken off and called by the edge. Works alike for Fastify,
 * Express and anything else that is given a server, because it knows none of them.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { ClientError } from './protocol-errors';

type HandOver = (request: IncomingMessage, response: ServerResponse) => void;
/** Null: nobody wants such connections. */
export type HandOverSocket = (() => void) | null;

export type EdgeListeners = {
  request: (request: IncomingMessage, response: ServerResponse, handOver: HandOver) => void;
  checkContinue: (request: IncomingMessage, response: ServerResponse, handOver: HandOver) => void;
  checkExpectation: (request: IncomingMessage, response: ServerResponse) => void;
  clientError: (error: ClientError, socket: Socket) => void;
  connect: (request: IncomingMessage, socket: Socket, handOver: HandOverSocket) => void;
  upgrade: (request: IncomingMessage, socket: Socket, handOver: HandOverSocket) => void;
};

type Listener = (...args: unknown[]) => unknown;

export function takeOver(server: Server, edge: EdgeListeners): void {
  const request = caller(server, take(server, 'request'));
  const proceed = caller(server, take(server, 'checkContinue'));
  const connect = take(server, 'connect');
  take(server, 'checkExpectation');
  // Fastify answers malformed HTTP by itself; two answers would be one too many.
  take(server, 'clientError');
  server.on('request', (req: IncomingMessage, res: ServerResponse) => edge.request(req, res, request.call));
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) =>
    edge.checkContinue(req, res, proceed.any ? proceed.call : continued(request.call)),
  );
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => edge.checkExpectation(req, res));
  server.on('clientError', (error: ClientError, socket: Duplex) => edge.clientError(error, socket as Socket));
  server.on('connect', (req: IncomingMessage, socket: Duplex, head: Buffer) =>
    edge.connect(req, socket as Socket, connect.length > 0 ? () => caller(server, connect).call(req, socket, head) : null),
  );
  takeUpgrades(server, edge);
}

/**
 * Without a listener for it Node reads `Upgrade:` as an ordinary request, which is recorded as one; so there is a listener only when somebody
 * else has one, now or later (a WebSocket gateway).
 */
function takeUpgrades(server: Server, edge: EdgeListeners): void {
  const upgrade: Listener[] = [];
  const listen = (): void => {
    if (server.listeners('upgrade').includes(ours)) return;
    server.on('upgrade', ours);
  };
  const ours: Listener = (req, socket, head) =>
    edge.upgrade(req as IncomingMessage, socket as Socket, () => caller(server, upgrade).call(req, socket, head));
  upgrade.push(...take(server, 'upgrade'));
  if (upgrade.length > 0) listen();
  server.on('newListener', (event: string | symbol, listener: Listener) => {
    if (event !== 'upgrade' || listener === ours) return;
    // The listener is added right after this event; then it is moved behind the edge.
    process.nextTick(() => {
      server.removeListener('upgrade', listener);
      upgrade.push(listener);
      listen();
    });
  });
}

/** A refusal is answered without "100 Continue", so the client keeps its body. */
const continued =
  (call: Listener): HandOver =>
  (request, response) => {
    response.writeContinue();
    call(request, response);
  };

function take(server: Server, event: string): Listener[] {
  const listeners = server.rawListeners(event) as Listener[];
  server.removeAllListeners(event);
  return listeners;
}

const caller = (server: Server, listeners: readonly Listener[]) => ({
  any: listeners.length > 0,
  call: (...args: unknown[]): void => {
    for (const listener of [...listeners]) listener.apply(server, args);
  },
});
