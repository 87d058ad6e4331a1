import { DataSource } from 'typeorm';
import { appDataSourceOptions } from '../database/data-source';
import { Tenant } from '../database/tenant';
import { Outbox } from '../notifications';
import { parseId } from '../platform/ids';
import { people, startTestApp, type TestApp } from '../testing/test-app';
import { KeyReminders } from './key-reminders.service';

const DAY = 86_400_000;
const PUBLIC = 'https://audit.example.com';
let t: TestApp;
let second: DataSource;
beforeAll(async () => {
  t = await startTestApp(__filename, { publicUrl: PUBLIC });
  second = new DataSource(appDataSourceOptions(t.db.url));
  await second.initialize();
});
afterAll(async () => {
  await second.destroy();
  await t.close();
});

type Mail = { to_user: string; subject: string; body: string; requires: string; key: string };
const start = Date.now();
const daysLater = (days: number): Date => new Date(start + days * DAY);

/** A process of its own, with its own connections and its own clock. */
function reminders(db: DataSource, at: Date): KeyReminders {
  const clock = { now: () => at };
  return new KeyReminders(db, new Tenant(db), new Outbox(clock, t.config), clock, { publicUrl: PUBLIC });
}
/** What that moment brings, in two processes at once and in one that starts afterwards. */
async function mailAt(at: Date): Promise<Mail[]> {
  await t.sql('truncate mail_outbox');
  const first = t.app.get(DataSource);
  await Promise.all([reminders(first, at).run(), reminders(second, at).run()]);
  await reminders(first, at).run();
  return t.sql<Mail>('select to_user, subject, body, requires from mail_outbox order by subject, to_user');
}
async function aKey(name: string, fields: object = {}, as: 'admin' | 'stranger' = 'admin'): Promise<string> {
  const { json } = await t.call('/v1/api-keys', { as, body: { name, scopes: ['invoices:read'], service: 'checkout', ...fields } });
  const uuid = parseId('key', json.id)!;
  await t.sql('update api_key set created_at = $2 where id = $1', [uuid, new Date(start)]);
  return json.id as string;
}

it('reminds each admin 14, 7 and 1 days ahead of the rotation, once, over two processes and a restart', async () => {
  await aKey('Rotating');
  const seen: [number, string[]][] = [];
  for (const day of [0, 75.9, 76, 76.5, 80, 83, 83.1, 88.9, 89, 89.5, 90, 91]) seen.push([day, (await mailAt(daysLater(day))).map(({ subject }) => subject)]);
  expect(seen.filter(([, subjects]) => subjects.length > 0)).toEqual([
    [76, ['API key Rotating is due for rotation in 14 days']],
    [83, ['API key Rotating is due for rotation in 7 days']],
    [89, ['API key Rotating is due for rotation in 1 day']],
  ]);
}); // prettier-ignore

it('tells admins only, what is due, and where to go; a process that was away sends what is due now, not what it missed', async () => {
  await t.sql(`update membership set role = 'admin' where user_id = $1`, [people.member.id]);
  await aKey('Late', { team: 'payments' });
  const mails = await mailAt(daysLater(84));
  expect(mails.map(({ to_user }) => to_user)).toEqual([people.admin.id, people.member.id]);
  expect(mails[0]).toMatchObject({ subject: 'API key Late is due for rotation in 7 days', requires: 'keys:write' });
  expect(mails[0]!.body).toContain('service checkout, team payments; never used.');
  expect(mails[0]!.body).toContain(`\n\n${PUBLIC}/#/api-keys/hygiene`);
  await t.sql(`update membership set suspended_at = now() where user_id = $1`, [people.member.id]);
});

it('says of a key that ends by itself that it ends; of one that is over, disabled or revoked nothing; and several in one mail', async () => {
  await aKey('Ending', { expiresAt: daysLater(60).toISOString() });
  await aKey('Ending too', { expiresAt: daysLater(60.2).toISOString() });
  await aKey('Short-lived', { expiresAt: daysLater(50).toISOString() });
  const revoked = await aKey('Revoked', { expiresAt: daysLater(60).toISOString() });
  await t.call(`/v1/api-keys/${revoked}/revoke`, { as: 'admin', body: { reason: 'x' } });
  await aKey('Disabled', { expiresAt: daysLater(60).toISOString() });
  await t.sql(`update api_key set disabled_at = now() where name = 'Disabled'`);
  const mails = await mailAt(daysLater(53.1));
  expect(mails).toHaveLength(1);
  expect(mails[0]!.subject).toBe('2 API keys are due for rotation or expire soon');
  expect(mails[0]!.body.match(/^.*stops working/gm)).toEqual([
    expect.stringMatching(/^Ending \(pbk_\.\.\.....\): it stops working/),
    expect.stringMatching(/^Ending too /),
  ]);
});

it('each organization hears of its own keys; with another term it is reminded of the new date', async () => {
  await aKey('Theirs', {}, 'stranger');
  expect(await mailAt(daysLater(20))).toEqual([]);
  await t.call('/v1/organization', { as: 'stranger', method: 'PATCH', body: { policies: { rotationDays: 30 } } });
  const mails = await mailAt(daysLater(20));
  expect(mails.map(({ to_user, subject }) => [to_user, subject])).toEqual([
    [people.stranger.id, 'API key Theirs is due for rotation in 14 days'],
  ]);
});
