import { fastify } from 'fastify';
import { AuditRoutes } from './audit.routes';
import { compileTemplate, matchSegments, splitPath } from './route-template';
import { startEdgeApp, type EdgeApp } from './testing/edge-app';

const templates = ['/v1/items', '/v1/items/:id', '/v1/items/:id/lines/:line', '/v1/files/:name.pdf', '/docs/*', '/'];
const matches = (path: string): boolean => {
  const segments = splitPath(path);
  return segments !== null && templates.some((template) => matchSegments(compileTemplate(template), segments));
};

describe('which route a path leads to', () => {
  it.each([
    '/v1/items', '/v1/items/', '/v1/items/a', '/v1/items/a/', '/V1/items', '//v1/items', '/v1//items', '/v1/items/a%2Fb', '/v1/%69tems', '/v1%2Fitems', '/v1/items/%zz', '/v1/items/%e9', '/v1/items/%00',
    '/v1/items/caf%C3%A9', '/v1/items/a/lines/1', '/v1/items/a/lines', '/v1/items/a/lines/', '/v1/files/a.pdf', '/v1/files/a.txt', '/docs', '/docs/', '/docs/a/b', '/', '/v2/items', '/v1/items;a=1', 'http://h/v1/items',
    '/v1/items//lines/1',
  ])('%s: the verdict of Fastify, and of Nest, to which an empty parameter is none', async (path) => {
    const app = fastify();
    for (const template of templates) app.get(template, ({ params }) => params);
    const { statusCode, body } = await app.inject({ method: 'GET', url: path });
    const isEmpty = ([name, value]: [string, unknown]): boolean => value === '' && name !== '*';
    const found = statusCode === 200 && !Object.entries(JSON.parse(body) as object).some(isEmpty);
    expect(matches(path)).toBe(found);
  }); // prettier-ignore

  it.each([['/v1/items/:id', '/v1/items/{id}'], ['/docs/*path', '/docs/{path}'], ['/docs/*', '/docs/{path}'], ['/f/:name.pdf', '/f/{name}.pdf'], ['/', '/']])('%s is written %s', (declared, written) => {
    expect(compileTemplate(declared).text).toBe(written);
  }); // prettier-ignore
});

describe('the routes of a service', () => {
  let edge: EdgeApp;
  let routes: AuditRoutes;
  beforeAll(async () => {
    edge = await startEdgeApp('fastify');
    routes = edge.app.get(AuditRoutes);
  });
  afterAll(() => edge.close());

  it('are those that its controllers declare', () => {
    const all = routes.all().map(({ method, template }) => `${method} ${template}`);
    expect(all).toEqual(
      expect.arrayContaining(['GET /v1/items', 'POST /v1/items', 'DELETE /v1/items/{id}', 'POST /v1/invitations/{token}/accept']),
    );
    expect(new Set(all).size).toBe(all.length);
  });
  it('know their query parameters', () => {
    expect(routes.find('GET', '/v1/items')?.recordedQuery).toEqual(['status']);
  });
  it('take HEAD where they take GET', () => {
    expect(routes.find('HEAD', '/v1/items/a')?.template).toBe('/v1/items/{id}');
    expect(routes.find('HEAD', '/v1/heads')?.method).toBe('HEAD');
    expect(routes.find('HEAD', '/v1/typed')).toBeNull();
  });
  it('say what a path takes', () => {
    expect(routes.allowedMethods('/v1/items')).toEqual(['GET', 'HEAD', 'OPTIONS', 'POST']);
    expect(routes.allowedMethods('/v1/items/a')).toEqual(['DELETE', 'GET', 'HEAD']);
    expect(routes.allowedMethods('/nowhere')).toEqual([]);
    expect(routes.allowedMethods('/v1/%zz')).toEqual([]);
  });
  it('say which segment is secret, also under another method and in a path that goes astray', () => {
    expect([...routes.at('/v1/invitations/abc/accept').secretSegments]).toEqual([2]);
    expect([...routes.at('/v1/invitations/abc').secretSegments]).toEqual([2]);
    expect([...routes.at('/v1/invitations/abc/def/ghi').secretSegments]).toEqual([2]);
    expect([...routes.at('/v1/items/abc').secretSegments]).toEqual([]);
  });
});
