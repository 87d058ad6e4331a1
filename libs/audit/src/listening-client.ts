import { Client } from 'pg';

/**
 * A client that hears its errors from the first to the last. A pool listens to clients that rest, and whoever takes one out listens a
 * moment later: where the end of one answer and "terminating connection" arrive in one packet, nobody does, and Node ends the process. Nothing is
 * lost by hearing them here: a query in flight rejects, and the pool throws the client away.
 */
export class ListeningClient extends Client {
  constructor(config?: ConstructorParameters<typeof Client>[0]) {
    super(config);
    this.on('error', () => undefined);
  }
}
