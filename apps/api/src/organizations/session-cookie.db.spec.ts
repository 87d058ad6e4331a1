/** The cookie where people use https: bound to this very host, and to nothing that a caller says about the scheme. */
import { PASSWORD, people, startTestApp, type TestApp } from '../testing/test-app';

const PUBLIC = 'https://audit.example.com';
let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename, { publicUrl: PUBLIC });
});
afterAll(() => t.close());

const signIn = (headers: Record<string, string>) =>
  t.call('/v1/session', { body: { email: people.member.email, password: PASSWORD }, headers });

it('is Secure and has the __Host- prefix', async () => {
  const [cookie] = (await signIn({ origin: PUBLIC })).headers.getSetCookie();
  expect(cookie).toMatch(/^__Host-pinebill_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
});

it('is taken under that name only', async () => {
  const [cookie = ''] = (await signIn({ origin: PUBLIC })).headers.getSetCookie();
  const pair = cookie.split(';')[0] ?? '';
  expect((await t.call('/v1/session', { headers: { cookie: pair } })).status).toBe(200);
  expect((await t.call('/v1/session', { headers: { cookie: pair.replace('__Host-', '') } })).status).toBe(401);
});

it('does not change with X-Forwarded-Proto of a peer that nobody trusts', async () => {
  const answer = await signIn({ origin: PUBLIC, 'x-forwarded-proto': 'http' });
  expect(answer.headers.getSetCookie()[0]).toContain('; Secure;');
});

it('changes state for a page of the public URL, and for no other', async () => {
  const cookie = (await signIn({ origin: PUBLIC })).headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const rename = (origin: string) => t.call('/v1/me', { method: 'PATCH', body: { name: 'A member' }, headers: { cookie, origin } });
  expect((await rename(PUBLIC)).status).toBe(200);
  for (const origin of ['http://audit.example.com', 'https://audit.example.com:8443', 'https://evil.example', 'null']) {
    expect((await rename(origin)).json.code).toBe('cross_site_request');
  }
});
