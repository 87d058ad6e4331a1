/** What a caller is told when the database goes away in the middle of a change. */
import { startTestApp, type Answer, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
  // Ends its own connection, as a killed server would. As the owner: the application may not.
  await t.sql(`create function cut() returns trigger language plpgsql security definer as
    $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5); return null; end $$`);
});
afterAll(() => t.close());

const trigger = {
  'while a statement runs': `create trigger cut after insert on customer for each row execute function cut()`,
  'while it commits': `create constraint trigger cut after insert on customer deferrable initially deferred for each row execute function cut()`,
};
async function createCut(when: keyof typeof trigger): Promise<Answer> {
  await t.sql(trigger[when]);
  const answer = await t.call('/v1/customers', { as: 'member', body: { name: when, email: 'a@acme.example' } });
  await t.sql('drop trigger cut on customer');
  return answer;
}

it('a connection that is cut before the commit changed nothing: the caller is told to repeat', async () => {
  const answer = await createCut('while a statement runs');
  expect([answer.status, answer.json.code, answer.headers.get('retry-after')]).toEqual([503, 'database_unavailable', '2']);
  expect(answer.json.detail).toContain('Nothing was changed');
});

it('a commit without an answer may have happened: the caller is not told that nothing changed, nor to repeat', async () => {
  const answer = await createCut('while it commits');
  expect([answer.status, answer.json.code, answer.headers.get('retry-after')]).toEqual([503, 'database_unavailable', null]);
  expect(answer.json.detail).toContain('whether it took effect is not known');
});

it('the next request finds a new connection', async () => {
  const answer = await t.call('/v1/customers', { as: 'member', body: { name: 'Next', email: 'a@acme.example' } });
  expect(answer.status).toBe(201);
});
