/** The requests that have not closed. For the drain, and for a graceful close, which would cut off answers that are held. */
import type { Server, ServerResponse } from 'node:http';
import type { Exchange } from './exchange';

export class OpenExchanges {
  /**
   * Not a Set: what is added and deleted all the time makes it build its table anew, the old table goes on pointing at what was open then, and
   * the garbage collector carries every request into the old generation (measured: a third of the time of a request).
   */
  private readonly open: Exchange[] = [];
  /** What else leaves a record: connections that are no request. */
  private readonly others = new Set<Promise<unknown>>();
  private waiting: (() => void)[] = [];

  get size(): number {
    return this.open.length;
  }

  add(exchange: Exchange): void {
    exchange.place = this.open.push(exchange) - 1;
  }

  closed(exchange: Exchange): void {
    const last = this.open.pop();
    if (last && last !== exchange) {
      this.open[exchange.place] = last;
      last.place = exchange.place;
    }
    if (this.open.length > 0 || this.waiting.length === 0) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  track(work: Promise<unknown>): void {
    this.others.add(work);
    void work.finally(() => this.others.delete(work)).catch(() => undefined);
  }

  responses(): readonly ServerResponse[] {
    return this.open.map(({ response }) => response);
  }

  /** Resolves when none is open, also of those that come meanwhile. */
  async drained(): Promise<void> {
    while (this.open.length > 0 || this.others.size > 0) {
      await Promise.allSettled(this.others);
      if (this.open.length > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /**
   * `server.close()` closes idle connections, and to Node a connection is idle once its response has been ended: it would destroy one whose
   * answer is still held. While Node looks, such a response is not ended.
   */
  protectFrom(server: Server): void {
    const closeIdleConnections = server.closeIdleConnections.bind(server);
    server.closeIdleConnections = () => {
      const ended = this.responses().filter((response) => response.writableEnded && !response.writableFinished);
      // `finished` is what Node reads there, and what `end()` sets.
      for (const response of ended) Object.assign(response, { finished: false });
      closeIdleConnections();
      for (const response of ended) Object.assign(response, { finished: true });
    };
  }
}
