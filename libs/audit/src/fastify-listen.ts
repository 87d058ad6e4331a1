/**
 * Asked to listen on `localhost`, or on nothing in particular, Fastify makes a second server for the second address (`::1` beside
 * `127.0.0.1`) out of sight: its requests would be answered off the record. So `localhost` becomes one address.
 */
type Listen = (options: { host?: string; path?: string }, callback?: unknown) => unknown;

export function pinToOneServer(adapterType: string, instance: unknown): void {
  if (adapterType !== 'fastify') return;
  const fastify = instance as { listen: Listen };
  const listen = fastify.listen.bind(fastify);
  fastify.listen = (options, callback) => {
    const ambiguous = options.path === undefined && (options.host === undefined || options.host === 'localhost');
    return listen(ambiguous ? { ...options, host: '127.0.0.1' } : options, callback);
  };
}
