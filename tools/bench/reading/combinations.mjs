/**
 * Filters as people ask them, each with what it is by hand: one or more statements by somebody who knows the tables, of which the fastest counts. `where`: to be found in
 * order of time, or all at once and then sorted, as the planner likes; `each`: for every key of an index by itself.
 */
import { keyId } from './load.mjs';

const callers = (condition) => ({
  keys: `select no from audit_caller where organization_id = $1 and ${condition}`,
  on: 'l.caller_no = k.no',
});
const routesOf = (condition) => `select no from audit_route where organization_id = $1 and ${condition}`;
const agentsOf = (text) => `select no from audit_agent where organization_id = $1 and lower(user_agent) like '%${text}%'`;
const key = (no) => callers(`api_key_id = '${keyId(no)}'`);
const inKeys = ({ keys, on }) => on.replace(/= k\.no$/, `= any(array(${keys}))`);
const byCaller = (condition) => ({ where: [inKeys(callers(condition))], each: callers(condition) });
const byKey = (no) => ({ where: [inKeys(key(no))], each: key(no) });
const byAgent = (text) => ({
  where: [`l.agent_no = any(array(${agentsOf(text)}))`],
  each: { keys: agentsOf(text), on: 'l.agent_no = k.no' },
});
const byRoute = (condition) => ({ where: [`l.route_no = any(array(${routesOf(condition)}))`] });
const where = (...conditions) => ({ where: conditions });
const value = (column, text) => ({
  where: [`l.${column} = '${text}'`],
  each: { keys: `values ('${text}'${column === 'ip' ? '::inet' : ''})`, on: `l.${column} = k.column1` },
});
const path = (text) => where(`l.path collate "C" = '${text}'`, `l.path = '${text}'`);
const prefix = (text) =>
  where(
    `l.path collate "C" >= '${text}' and l.path collate "C" < '${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) + 1)}'`,
    `l.path like '${text}%'`,
  );
const keyAnd = (no, on) => ({ where: [`${inKeys(key(no))} and ${on}`], each: { ...key(no), on: `l.caller_no = k.no and ${on}` } });
const routeAnd = (method, route, on) => {
  const routes = routesOf(`method = '${method}' and route = '${route}'`);
  return { where: [`l.route_no = any(array(${routes})) and ${on}`], each: { keys: routes, on: `l.route_no = k.no and ${on}` } };
};
const one = (condition) => `(select no from audit_route where organization_id = $1 and ${condition})`;

const nearId = (id) => {
  const at = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return where(
    `l.id = '${id}' and l.occurred_at between '${new Date(at - 86_400_000).toISOString()}' and '${new Date(at + 86_400_000).toISOString()}'`,
  );
};

/** `finds`: so many of the 5 million; `deep`: has a thousand pages. `id`: of a record of the middle. */
export const combinations = (typeId, id) => [
  { name: 'everything', query: {}, hand: where('true'), deep: true },
  { name: 'the last day', query: {}, hand: where('true'), lastDays: [1, 0] },
  { name: 'status:2xx', query: { status: '2xx' }, hand: where('l.status between 200 and 299'), deep: true },
  { name: 'status:4xx', query: { status: '4xx' }, hand: where('l.status between 400 and 499'), deep: true },
  { name: 'status:500 (1,000 rows)', query: { status: '500' }, hand: where('l.status = 500') },
  { name: 'status:507', query: { status: '507' }, hand: where('l.status = 507'), finds: 6 },
  { name: 'status:3xx', query: { status: '3xx' }, hand: where('l.status between 300 and 399'), finds: 0 },
  { name: '-status:2xx', query: { status: '!2xx' }, hand: where('(l.status between 200 and 299) is not true') },
  { name: 'method:GET', query: { method: 'GET' }, hand: byRoute(`method = 'GET'`), deep: true },
  { name: 'method:DELETE', query: { method: 'DELETE' }, hand: byRoute(`method = 'DELETE'`), finds: 3 },
  { name: 'method:PURGE', query: { method: 'PURGE' }, hand: byRoute(`method = 'PURGE'`), finds: 0 },
  { name: 'route', query: { route: '/v1/invoices/{id}' }, hand: byRoute(`route = '/v1/invoices/{id}'`), deep: true },
  { name: 'key that calls most', query: { apiKeyId: typeId('key', keyId(1)) }, hand: byKey(1), deep: true },
  { name: 'key, three calls', query: { apiKeyId: typeId('key', keyId(99)) }, hand: byKey(99), finds: 3 },
  { name: 'key, no call', query: { apiKeyId: typeId('key', keyId(98)) }, hand: byKey(98), finds: 0 },
  { name: 'service', query: { service: 'checkout' }, hand: byCaller(`service = 'checkout'`), deep: true },
  { name: 'service, three calls', query: { service: 'legacy' }, hand: byCaller(`service = 'legacy'`), finds: 3 },
  { name: 'environment:staging', query: { environment: 'staging' }, hand: byCaller(`environment = 'staging'`), deep: true },
  { name: 'programs and nobody', query: { actorType: 'apiKey,anonymous' }, hand: byCaller(`actor_type in ('apiKey', 'anonymous')`), deep: true },
  { name: 'people', query: { actorType: 'user' }, hand: byCaller(`actor_type = 'user'`), finds: 0 },
  { name: 'country:FR', query: { country: 'FR' }, hand: value('country', 'FR'), deep: true },
  { name: 'country:KP', query: { country: 'KP' }, hand: value('country', 'KP'), finds: 3 },
  { name: 'country:AQ', query: { country: 'AQ' }, hand: value('country', 'AQ'), finds: 0 },
  { name: 'ip that calls most', query: { ip: '203.0.1.0' }, hand: value('ip', '203.0.1.0') },
  { name: 'ip, three calls', query: { ip: '192.0.2.77' }, hand: value('ip', '192.0.2.77'), finds: 3 },
  { name: 'ip, no call', query: { ip: '192.0.2.78' }, hand: value('ip', '192.0.2.78'), finds: 0 },
  { name: 'ip of a network', query: { ip: '203.0.0.0/20' }, hand: where(`l.ip >= '203.0.0.0' and l.ip <= '203.0.15.255'`), deep: true },
  { name: 'ip of a network, three calls', query: { ip: '192.0.2.0/24' }, hand: where(`l.ip >= '192.0.2.0' and l.ip <= '192.0.2.255'`), finds: 3 },
  { name: 'ip of a network, no call', query: { ip: '10.0.0.0/8' }, hand: where(`l.ip >= '10.0.0.0' and l.ip <= '10.255.255.255'`), finds: 0 },
  { name: 'user agent', query: { userAgent: 'curl' }, hand: byAgent('curl'), deep: true },
  { name: 'user agent, three calls', query: { userAgent: 'sqlmap' }, hand: byAgent('sqlmap'), finds: 3 },
  { name: 'user agent, no call', query: { userAgent: 'nikto' }, hand: byAgent('nikto'), finds: 0 },
  { name: 'path of a list', query: { path: '/v1/invoices' }, hand: path('/v1/invoices'), deep: true },
  { name: 'path, three calls', query: { path: '/v1/invoices/inv_needle00000000000000000000' }, hand: path('/v1/invoices/inv_needle00000000000000000000'), finds: 3 },
  { name: 'path, no call', query: { path: '/v1/invoices/inv_none' }, hand: path('/v1/invoices/inv_none'), finds: 0 },
  { name: 'path, beginning', query: { path: '/v1/customers/*' }, hand: prefix('/v1/customers/'), deep: true },
  { name: 'path, beginning, three calls', query: { path: '/v1/customers/cus_needle*' }, hand: prefix('/v1/customers/cus_needle'), finds: 3 },
  { name: 'path, beginning, no call', query: { path: '/wp-admin*' }, hand: prefix('/wp-admin'), finds: 0 },
  { name: 'reason', query: { reason: 'missing_scope' }, hand: value('reason', 'missing_scope') },
  { name: 'reason, three calls', query: { reason: 'country_not_allowed' }, hand: value('reason', 'country_not_allowed'), finds: 3 },
  { name: 'reason, no call', query: { reason: 'ip_blocked' }, hand: value('reason', 'ip_blocked'), finds: 0 },
  { name: 'unknown key, three calls', query: { keyFingerprint: 'feedc0ffee12' }, hand: value('key_fingerprint', 'feedc0ffee12'), finds: 3 },
  { name: 'unknown key, no call', query: { keyFingerprint: '000000000000' }, hand: value('key_fingerprint', '000000000000'), finds: 0 },
  { name: 'request id', query: { requestId: typeId('req', id) }, hand: nearId(id), finds: 1 },
  { name: 'over 0.2 s', query: { minDurationMs: '200' }, hand: where('l.duration_ms >= 200') },
  { name: 'over 1 s', query: { minDurationMs: '1000' }, hand: where('l.duration_ms >= 1000') },
  { name: 'over 60 s', query: { minDurationMs: '60000' }, hand: where('l.duration_ms >= 60000 and l.duration_ms >= 1000'), finds: 3 },
  { name: 'over 90 s', query: { minDurationMs: '90000' }, hand: where('l.duration_ms >= 90000 and l.duration_ms >= 1000'), finds: 0 },
  { name: 'key and 4xx', query: { apiKeyId: typeId('key', keyId(1)), status: '4xx' }, hand: keyAnd(1, 'l.status between 400 and 499') },
  { name: 'key and 403, three calls', query: { apiKeyId: typeId('key', keyId(7)), status: '403' }, hand: keyAnd(7, 'l.status = 403'), finds: 3 },
  { name: 'key and 403, no call', query: { apiKeyId: typeId('key', keyId(8)), status: '403' }, hand: keyAnd(8, 'l.status = 403'), finds: 0 },
  { name: 'key and endpoint, three calls', query: { apiKeyId: typeId('key', keyId(7)), method: 'GET', route: '/v1/payments' }, hand: keyAnd(7, `l.route_no = ${one(`method = 'GET' and route = '/v1/payments'`)}`), finds: 3 },
  { name: 'key and endpoint, no call', query: { apiKeyId: typeId('key', keyId(8)), method: 'GET', route: '/v1/payments/{id}' }, hand: keyAnd(8, `l.route_no = ${one(`method = 'GET' and route = '/v1/payments/{id}'`)}`), finds: 0 },
  { name: 'endpoint and 404, three calls', query: { method: 'GET', route: '/v1/payments', status: '404' }, hand: routeAnd('GET', '/v1/payments', 'l.status = 404'), finds: 3 },
  { name: 'endpoint and 403, no call', query: { method: 'GET', route: '/v1/payments', status: '403' }, hand: routeAnd('GET', '/v1/payments', 'l.status = 403'), finds: 0 },
  { name: 'ip that calls most and 507, three calls', query: { ip: '203.0.1.0', status: '507' }, hand: where(`l.ip = '203.0.1.0' and l.status = 507`), finds: 3 },
  { name: 'country and key, three calls', query: { country: 'KP', apiKeyId: typeId('key', keyId(1)) }, hand: where(`l.country = 'KP' and ${inKeys(key(1))}`) },
  { name: '-method:GET status:5xx country:DE', query: { method: '!GET', status: '5xx', country: 'DE' }, hand: where(`l.status between 500 and 599 and l.country = 'DE' and not l.route_no = any(array(${routesOf(`method = 'GET'`)}))`) },
  { name: 'two weeks in the past, 500', query: { status: '500' }, hand: where('l.status = 500'), lastDays: [60, 46] },
  { name: 'two weeks in the past, ip, three calls', query: { ip: '192.0.2.77' }, hand: value('ip', '192.0.2.77'), lastDays: [50, 36] },
]; // prettier-ignore
