import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { AuditWriter } from './audit.writer';
import { PostgresStore } from './postgres-store';
import { anOrganization, auditDatabase, journalDirectory, type AuditDatabase } from './testing/audit-database';

let database: AuditDatabase;
beforeAll(async () => {
  database = await auditDatabase(__filename);
});
afterAll(() => database.drop());

/** Lets a process record until it has acknowledged so many requests, then kills it at once. */
async function recordUntilKilled(
  directory: string,
  organizationId: string,
  answers: number,
): Promise<{ begun: string[]; answered: string[] }> {
  const child = spawn(
    process.execPath,
    ['-r', 'esbuild-register', join(__dirname, 'testing/recording-child.ts'), directory, database.url, organizationId],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString();
    if (said.split('answered').length > answers) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const lines = said.split('\n').slice(0, -1);
  const of = (word: string): string[] => lines.filter((line) => line.startsWith(word)).map((line) => line.slice(word.length + 1));
  return { begun: of('begun'), answered: of('answered') };
}

it('loses nothing that was acknowledged and stores nothing twice when the process is killed again and again', async () => {
  const { path: directory, remove } = await journalDirectory();
  const organizationId = anOrganization();
  const told = { begun: [] as string[], answered: [] as string[] };
  for (const answers of [1, 40, 300, 900]) {
    const { begun, answered } = await recordUntilKilled(directory, organizationId, answers);
    told.begun.push(...begun);
    told.answered.push(...answered);
  }
  const writer = await AuditWriter.open({ mode: 'durable', directory, store: new PostgresStore({ url: database.url }) });
  await writer.flush();
  await writer.close();
  const { rows } = await database
    .as('admin')
    .query<{ id: string; sequence: number; outcome: string }>(
      'select id, sequence::int, outcome from audit_record where organization_id = $1 order by sequence',
      [organizationId],
    );
  const outcomes = new Map(rows.map(({ id, outcome }) => [id, outcome]));
  expect(told.answered.length).toBeGreaterThan(1_200);
  expect(told.answered.filter((id) => outcomes.get(id) !== 'completed')).toEqual([]);
  expect(told.begun.filter((id) => !outcomes.has(id))).toEqual([]);
  expect(outcomes.size).toBe(rows.length);
  expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, at) => at + 1));
  await remove();
}, 60_000);
