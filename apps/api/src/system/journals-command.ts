/**
 * `npm run journals -- list | settle <id>`: which processes hold records in a journal of their own, and the operator's word that one of them will not
 * come back. Nothing is deleted: if its directory is found after all, the product started on it ships what is there.
 */
import { openJournals, pgQueryable, type JournalState } from '@pinebill/nestjs-audit';
import type { Client } from 'pg';
import { validate } from 'uuid';
import type { Config } from '../config';
import { asOperator, recordOrder } from '../database/operator-orders';
import { isSilent } from '../platform/database-probe';
import { StartError } from '../platform/start-error';

const usage = 'npm run journals -- list | settle <id of the journal>';

/** Returns what the operator reads. `words` is what stands behind `--journals`. */
export async function operateJournals(config: Config, words: readonly string[]): Promise<string> {
  const [verb, id, ...more] = words;
  if (verb === 'list' && id === undefined) return asOperator(config, list);
  if (verb !== 'settle' || id === undefined || more.length > 0) throw new StartError(`Say what to do: ${usage}`);
  if (!validate(id)) throw new StartError(`${JSON.stringify(id.slice(0, 40))} is no id of a journal; the list has them: ${usage}`);
  return asOperator(config, (client) => settle(client, id.toLowerCase()));
}

async function list(client: Client): Promise<string> {
  const journals = await openJournals(pgQueryable(client)); // a Client queries like a Pool
  if (journals.length === 0) return 'No process is known that is alive or has left records.';
  return journals.map(describe).join('\n');
}

function describe(journal: JournalState): string {
  const { journalId, host, pid, directory, seenAt, pendingEntries } = journal;
  const state = isLive(journal) ? 'alive' : 'gone';
  const left = isLive(journal) ? `${pendingEntries} waiting` : `at least ${pendingEntries} not in PostgreSQL`;
  return `${journalId}  ${state}, ${left}; process ${pid} on ${host}, ${directory}, last seen ${seenAt.toISOString()}`;
}

const isLive = (journal: JournalState): boolean => journal.stoppedAt === null && !isSilent(journal);

async function settle(client: Client, id: string): Promise<string> {
  await client.query('begin');
  await client.query('select 1 from audit_journal where journal_id = $1 for update', [id]);
  const journal = (await openJournals(pgQueryable(client))).find(({ journalId }) => journalId === id);
  if (!journal) throw new StartError(`There is no journal ${id} that anything is expected of. The list has them: npm run journals -- list`);
  if (isLive(journal))
    throw new StartError(
      `The process of journal ${id} (${journal.pid} on ${journal.host}) is alive. Stop it first; it ships what it has by itself.`,
    );
  await client.query('update audit_journal set stopped_at = coalesce(stopped_at, now()), pending_entries = 0 where journal_id = $1', [id]);
  const { pid, host, directory, pendingEntries, seenAt } = journal;
  await recordOrder(client, {
    by: 'journals',
    action: 'journal.settled',
    about: `process ${pid} on ${host}, ${directory}`,
    before: { journalId: id, lastSeenAt: seenAt.toISOString(), settled: false },
    after: { settled: true, recordsAtLeast: pendingEntries },
  });
  await client.query('commit');
  return [
    `Journal ${id} is settled: nothing more is expected of it, and its warning ends. At least ${pendingEntries} of its records are not in PostgreSQL.`,
    'If its directory is found after all, start the product on it: it ships what is there.',
  ].join('\n');
}
