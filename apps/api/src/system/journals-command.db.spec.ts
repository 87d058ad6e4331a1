/** The operator's word about journals, given while the product runs. */
import { AuditWriter } from '@pinebill/nestjs-audit';
import { readConfig, type Config } from '../config';
import { Lifecycle } from '../platform/lifecycle';
import { startTestApp, type TestApp } from '../testing/test-app';
import { operateJournals } from './journals-command';

const [dead, vanished] = ['0193aaaa-0000-4000-8000-000000000001', '0193aaaa-0000-4000-8000-000000000002'];
let t: TestApp;
let config: Config;
beforeAll(async () => {
  t = await startTestApp(__filename);
  t.app.get(Lifecycle).listening();
  config = readConfig({ DATABASE_URL: t.db.url });
  for (const [id, pending] of [[dead, 17], [vanished, 0]] as const)
    await t.sql(
      `insert into audit_journal (journal_id, host, pid, directory, started_at, seen_at, pending_entries, journal_bytes)
       values ($1, 'api-2', 4242, '/srv/journal', now() - interval '1 day', now() - interval '1 hour', $2, 0)`,
      [id, pending],
    ); // prettier-ignore
});
afterAll(() => t.close());

const order = (...words: string[]): Promise<string> => operateJournals(config, words);
const warned = async (): Promise<number> =>
  ((await t.call('/readyz')).json as { warnings: { code: string }[] }).warnings.filter(({ code }) => code === 'journal_of_dead_process')
    .length;

it('lists those that are alive and those that are gone, with what they hold', async () => {
  const own = t.app.get(AuditWriter).status().journalId;
  let text = await order('list');
  for (const deadline = Date.now() + 20_000; !text.includes(own); text = await order('list')) expect(Date.now()).toBeLessThan(deadline);
  expect(text).toMatch(new RegExp(`^${own}  alive, \\d+ waiting; process ${process.pid} on`, 'm'));
  expect(text).toMatch(
    new RegExp(`^${dead}  gone, at least 17 not in PostgreSQL; process 4242 on api-2, /srv/journal, last seen \\d{4}-`, 'm'),
  );
});

it('settles one that will not come back: its warning ends, and the activity says what was given up', async () => {
  expect(await warned()).toBe(2);
  expect(await order('settle', dead)).toContain('At least 17 of its records are not in PostgreSQL.');
  await order('settle', vanished);
  expect(await warned()).toBe(0);
  expect(await order('list')).not.toContain(dead);
  const { data } = (await t.call('/v1/activity?action=journal.settled&limit=2', { as: 'admin' })).json as {
    data: { action: string; before: object }[];
  };
  expect(data).toMatchObject([
    { action: 'journal.settled', before: { journalId: vanished }, after: { recordsAtLeast: 0 } },
    {
      action: 'journal.settled',
      actor: { type: 'system', name: 'journals' },
      target: { name: 'process 4242 on api-2, /srv/journal' },
      before: { journalId: dead, settled: false },
      after: { settled: true, recordsAtLeast: 17 },
    },
  ]);
});

it('settles none that is alive, and none that is not there', async () => {
  const own = t.app.get(AuditWriter).status().journalId;
  await expect(order('settle', own)).rejects.toThrow('is alive. Stop it first');
  await expect(order('settle', dead)).rejects.toThrow('There is no journal');
});

it.each([[[]], [['settle']], [['drop', dead]], [['list', dead]], [['settle', dead, vanished]], [['settle', 'x']]])(
  'refuses %j, and says what it takes',
  async (words) => {
    await expect(order(...words)).rejects.toThrow('npm run journals -- list | settle <id of the journal>');
  },
);
