/** Exchanges by raw request, for the interceptor. And by server socket for a graceful close, which would cut off answers that are held. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Exchange } from './exchange';
import { rawRequest } from './draft';

const exchanges = new WeakMap<IncomingMessage, Exchange>();
const held = new Set<ServerResponse>();

/** The recorded ones that have not closed. */
export const openResponses: Iterable<ServerResponse> = held;

export function keepExchange(request: IncomingMessage, exchange: Exchange, response: ServerResponse): void {
  exchanges.set(request, exchange);
  held.add(response);
  void exchange.closed.then(() => held.delete(response));
}

export const findExchange = (request: unknown): Exchange | null => exchanges.get(rawRequest(request)) ?? null;

/**
 * `server.close()` closes idle connections, and to Node a connection is idle once its response has been ended: it would destroy one whose
 * answer is still held. While Node looks, such a response is not ended.
 */
export function protectHeldAnswers(server: Server): void {
  const closeIdleConnections = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    const ended = [...held].filter((response) => response.writableEnded && !response.writableFinished);
    // `finished` is what Node reads there, and what `end()` sets.
    for (const response of ended) Object.assign(response, { finished: false });
    closeIdleConnections();
    for (const response of ended) Object.assign(response, { finished: true });
  };
}
