/** What every answer tells a browser, where people use https: no framing, no inline script, https only, and nothing of the API kept. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditRoutes } from '@pinebill/nestjs-audit';
import { PASSWORD, people, startTestApp, type Answer, type TestApp } from '../testing/test-app';

const PUBLIC = 'https://audit.example.com';
const page = readFileSync(join(__dirname, '../../../console/index.html'), 'utf8');
const consoleDirectory = mkdtempSync(join(tmpdir(), 'pinebill-console-'));
const issuer = 'https://id.example.com/realms/acme';
let t: TestApp;
let cookie = '';
beforeAll(async () => {
  writeFileSync(join(consoleDirectory, 'index.html'), page);
  mkdirSync(join(consoleDirectory, 'assets'));
  writeFileSync(join(consoleDirectory, 'assets', 'main-1a2b.js'), 'void 0;');
  const oidc = { issuer, clientId: 'pinebill', clientSecret: 's', roleClaim: 'groups', roleMap: null, autoJoin: false };
  t = await startTestApp(__filename, { publicUrl: PUBLIC, consoleDirectory, oidc });
  const signedIn = await t.call('/v1/session', { body: { email: people.admin.email, password: PASSWORD }, headers: { origin: PUBLIC } });
  cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!;
});
afterAll(async () => {
  await t.close();
  rmSync(consoleDirectory, { recursive: true });
});

const directives = (answer: Answer): Record<string, string> =>
  Object.fromEntries(
    (answer.headers.get('content-security-policy') ?? '').split('; ').map((one) => [one.split(' ')[0], one.split(' ').slice(1).join(' ')]),
  );

it('keeps browsers on https: pages, files, answers, and refusals of every kind', async () => {
  const calls = [
    t.call('/'),
    t.call('/assets/main-1a2b.js'),
    t.call('/docs'),
    t.call('/v1/maintenance'),
    t.call('/v1/members'),
    t.call('/v1/members', { headers: { cookie } }),
    t.call('/v1/nothing', { headers: { cookie } }),
    t.call('/v1/session/oidc/callback?code=x'),
    t.call('/v1/customers', { method: 'POST', body: '{', headers: { cookie, origin: PUBLIC } }),
    t.call('/v1/me', { method: 'PATCH', body: {}, headers: { cookie, origin: 'https://evil.example' } }),
  ];
  for (const answer of await Promise.all(calls)) {
    const seen = { status: answer.status, hsts: answer.headers.get('strict-transport-security') };
    expect(seen).toEqual({ status: answer.status, hsts: 'max-age=31536000' });
  }
});

it('lets no page be framed, and no script run that stands in a page', async () => {
  for (const path of ['/', '/index.html', '/docs']) {
    const answer = await t.call(path);
    expect(answer.status).toBe(200);
    expect(directives(answer)).toMatchObject({
      'default-src': `'self'`,
      'script-src': `'self'`,
      'frame-ancestors': `'none'`,
      'object-src': `'none'`,
      'base-uri': `'none'`,
      'form-action': `'self'`,
      'connect-src': `'self'`,
    });
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  }
  // A policy without 'unsafe-inline' would break a page that has one.
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>|\son\w+=|javascript:/i);
});

it('has nothing of the API kept by browser or proxy, whatever it is and whoever asks', async () => {
  const routes = t.app.get(AuditRoutes).all();
  const reads = routes.filter(({ method, template }) => method === 'GET' && template.startsWith('/v1/')).map(({ template }) => template);
  expect(reads.length).toBeGreaterThan(15);
  for (const template of reads) {
    const path = template.replace(/\{\w+\}/g, 'x');
    // A stream has no end to wait for; its header comes first.
    const nobody: Record<string, string> = {};
    for (const headers of template.endsWith('/stream') ? [nobody] : [nobody, { cookie }]) {
      const answer = await t.call(path, { headers });
      expect([path, answer.headers.get('cache-control')]).toEqual([path, expect.stringContaining('no-store')]);
    }
  }
});

it('tells the page of the provider, so that the sign-in page need not ask', async () => {
  const answer = await t.call('/');
  expect(answer.text).toContain('<meta name="pinebill-provider" content="id.example.com"></head>');
  expect(answer.headers.get('cache-control')).toBe('no-cache');
  expect(await t.sql(`select 1 from audit_record where path = '/'`)).toEqual([]);
});
