import { startTestApp, type TestApp } from './testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

it('serves a description of itself', async () => {
  const { status, json } = await t.call('/openapi.json');
  expect(status).toBe(200);
  expect(json.openapi).toBe('3.1.0');
});

it('answers an unknown path with a problem document', async () => {
  const { status, headers, json } = await t.call('/nowhere');
  expect(status).toBe(404);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(json).toMatchObject({ code: 'route_not_found', status: 404 });
});
