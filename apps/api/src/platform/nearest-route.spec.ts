import { nearestRoute } from './nearest-route';

const routes = [
  ['GET', '/v1/invoices'],
  ['POST', '/v1/invoices'],
  ['GET', '/v1/invoices/{id}'],
  ['DELETE', '/v1/invoices/{id}'],
  ['POST', '/v1/invoices/{id}/pay'],
  ['GET', '/v1/customers'],
  ['GET', '/v1/api-keys'],
  ['GET', '/v1/plan'],
].map(([method = '', route = '']) => ({ method, route }));
const nearest = (method: string, path: string): string | null => {
  const found = nearestRoute({ method, path }, routes);
  return found && `${found.method} ${found.route}`;
};

it.each([
  ['GET', '/v1/invoice', 'GET /v1/invoices'],
  ['POST', '/v1/invocies', 'POST /v1/invoices'],
  ['GET', '/V1/Invoices', 'GET /v1/invoices'],
  ['GET', '//v1/invoices', 'GET /v1/invoices'],
  ['GET', '/v2/invoices', 'GET /v1/invoices'],
  ['GET', '/invoices', 'GET /v1/invoices'],
  ['GET', '/v1/invoices/', 'GET /v1/invoices'],
  ['GET', '/v1/invoice/inv_01jdw2gm3xe4pt6x0rbf6n2k9c', 'GET /v1/invoices/{id}'],
  ['POST', '/v1/invoices/inv_01jdw2gm3xe4pt6x0rbf6n2k9c/payy', 'POST /v1/invoices/{id}/pay'],
  ['GET', '/api/v1/customers', 'GET /v1/customers'],
  ['GET', '/v1/apikeys', 'GET /v1/api-keys'],
  ['PATCH', '/v1/plans', 'GET /v1/plan'],
])('%s %s was meant for %s', (method, path, wanted) => {
  expect(nearest(method, path)).toBe(wanted);
});

it.each(['/wp-login.php', '/v1/payments', '/', '/v1', '/.env', `/v1/${'invoices'.repeat(40)}`])('nothing is near %s', (path) => {
  expect(nearest('GET', path)).toBeNull();
});
