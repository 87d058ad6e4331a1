/** Records as the specification shows them: a few keys, a few dozen routes, a few user agents, IPv4 addresses, ids of 26 characters in paths. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The same numbers at every run. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const resources = ['invoices', 'customers', 'payments', 'refunds', 'products', 'prices', 'webhooks', 'reports'];
const prefix = {
  invoices: 'inv',
  customers: 'cus',
  payments: 'pay',
  refunds: 'ref',
  products: 'prd',
  prices: 'pri',
  webhooks: 'whk',
  reports: 'rep',
};
const routes = resources.flatMap((name) => [
  ['GET', `/v1/${name}`], ['POST', `/v1/${name}`], ['GET', `/v1/${name}/{id}`], ['GET', `/v1/${name}/{id}`], ['PATCH', `/v1/${name}/{id}`], ['DELETE', `/v1/${name}/{id}`],
]); // prettier-ignore
const agents = [
  'python-requests/2.31.0',
  'Stripe_Node 1.0',
  'curl/8.5.0',
  'axios/1.6.8',
  'Go-http-client/2.0',
  'PineBill-PHP/3.4 (linux; x86_64)',
];
const services = [['checkout', 'payments', 'production'], ['reporting', 'data', 'production'], ['crm-sync', 'growth', 'staging'], ['mobile', 'apps', 'production']]; // prettier-ignore

export function makeRecords({ count, organizationId, seed = 1, perSecond = 500, from = Date.UTC(2026, 0, 10), recordId }) {
  const next = random(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const id26 = () => Array.from({ length: 26 }, () => pick(ALPHABET)).join('');
  const keys = Array.from({ length: 8 }, (_, at) => {
    const [service, team, environment] = services[at % services.length];
    return { id: `0190a3c4-7b1e-7000-8000-00000000000${at}`, name: `Key ${at}`, last4: `x${at}f2`, service, team, environment };
  });
  const addresses = Array.from({ length: 40 }, () => `203.0.${Math.floor(next() * 256)}.${Math.floor(next() * 256)}`);
  const one = (_, at) => {
    const [method, route] = pick(routes);
    const [key, refused] = [pick(keys), next() < 0.04];
    const durationMs = Math.round((2 + next() ** 4 * 400) * 100) / 100;
    // In the order of their ends, as records reach the journal; so beginnings are a little out of order.
    const startedAt = new Date(Math.floor(from + (at * 1_000) / perSecond - durationMs));
    const list = method === 'GET' && !route.endsWith('}');
    const ip = pick(addresses);
    return {
      id: recordId(startedAt), organizationId, kind: 'request', startedAt: startedAt.toISOString(), durationMs, clientRequestId: null, method,
      path: route.replace('{id}', () => `${prefix[route.split('/')[2]]}_${id26()}`), query: list && next() < 0.5 ? { limit: '50' } : null, route,
      status: refused ? 403 : method === 'POST' ? 201 : 200, outcome: 'completed', reason: refused ? 'scope' : null,
      actorType: 'apiKey', actorId: key.id, actorName: key.name, apiKeyId: key.id, apiKeyName: key.name, apiKeyLast4: key.last4, apiKeyState: 'active',
      keyFingerprint: null, service: key.service, team: key.team, environment: key.environment, ip, peerIp: ip, country: 'DE', userAgent: pick(agents),
      requestBytes: method === 'GET' ? 0 : 312, responseBytes: 200 + Math.floor(next() * 4_000), authMs: Math.round(next() * 100) / 100, handlerMs: durationMs - 1,
      error: refused ? { code: 'insufficient_scope', detail: null, issues: [] } : null, traceId: null, marks: [], gap: null,
    }; // prettier-ignore
  };
  return Array.from({ length: count }, one);
}
