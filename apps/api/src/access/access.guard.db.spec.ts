/** What the guard does where no route of the product leads: the matrix of routes and callers is in matrix/matrix.db.spec.ts. */
import { Reflector } from '@nestjs/core';
import type { ExecutionContext } from '@nestjs/common';
import { startTestApp, type TestApp } from '../testing/test-app';
import { AccessGuard } from './access.guard';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

it('closes a route that does not declare who may call it', () => {
  class Forgotten {
    open(): string {
      return 'for everybody';
    }
  }
  const context = { getHandler: () => Forgotten.prototype.open, getClass: () => Forgotten } as unknown as ExecutionContext;
  // The refusal comes before anything else is asked, so the guard needs its reflector only.
  const guard = new AccessGuard(new Reflector(), ...([] as unknown as [never, never, never, never, never]));
  expect(() => guard.canActivate(context)).toThrow(expect.objectContaining({ code: 'route_not_declared' }));
});

it('bounds a session apart from the keys of its organization', async () => {
  const cookie = await t.signIn('guest');
  const key = (await t.call('/v1/api-keys', { as: 'admin', body: { name: 'Beside', scopes: ['invoices:read'] } })).json.secret as string;
  const ask = (agent = 'spec') => t.call('/v1/session', { headers: { cookie, 'user-agent': agent } });
  expect((await ask()).headers.get('ratelimit-policy')).toBe('"per-session";q=600;w=60');
  const busy = async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('busy-session')));
    return answers.find(({ status }) => status === 429) ?? null;
  };
  let refused = await busy();
  // 10 requests a second come back, and these are faster.
  for (let rounds = 0; refused === null && rounds < 40; rounds++) refused = await busy();
  expect(refused?.json.code).toBe('rate_limited');
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect((await t.call('/v1/session', { as: 'admin' })).status).toBe(200);
  expect((await t.call('/v1/invoices', { key })).status).toBe(200);
  const reasons = () =>
    t.sql<{ reason: string }>(`select distinct reason from audit_record where user_agent = 'busy-session' and status = 429`);
  let stored = await reasons();
  for (let tries = 0; tries < 200 && stored.length === 0; tries++) stored = await reasons();
  expect(stored).toEqual([{ reason: 'session_limit' }]);
});
