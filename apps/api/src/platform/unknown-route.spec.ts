import { unknownRoute } from './unknown-route';

const routes = { allowedMethods: (path: string) => (path === '/v1/invoices' ? ['GET', 'HEAD', 'POST'] : []) };

it('answers a wrong method with what the path takes', () => {
  const error = unknownRoute('DELETE', '/v1/invoices', routes);
  expect(error).toMatchObject({ code: 'method_not_allowed', status: 405, options: { headers: { allow: 'GET, HEAD, POST' } } });
});

it.each(['/v2/invoices', '//v1/invoices', '/V1/invoices', '/v1.0/invoices', '/invoices'])(
  'knows %s as the wrong version of an endpoint',
  (path) => {
    expect(unknownRoute('GET', path, routes)).toMatchObject({ code: 'wrong_version', options: { detail: expect.stringContaining('/v1') } });
  },
);

it.each(['/v2/nothing', '//nothing'])('sends %s to the list of endpoints or names the slash', (path) => {
  expect(unknownRoute('GET', path, routes).code).toBe('wrong_version');
});

it.each(['/v1/nothing', '/nothing', '/', '/v1'])('knows no endpoint at %s', (path) => {
  expect(unknownRoute('GET', path, routes)).toMatchObject({ code: 'route_not_found', status: 404 });
});

it('does not repeat the path, which may hold a secret', () => {
  expect(unknownRoute('GET', '/v2/pbk_secret', routes).message).not.toContain('pbk_secret');
});
