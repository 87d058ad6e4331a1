/**
 * `npm run backup -- <folder>` and `npm run restore -- <folder>`: the whole data directory, journal included, copied while nothing runs on it.
 * PostgreSQL is started and stopped once before, so that what a kill left behind is recovered and the copy is of a server that ended in order.
 * A copy gets its name when it is whole: a backup that was killed is never mistaken for one.
 */
import { cpSync, existsSync, lchownSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from './config';
import { EmbeddedPostgres } from './database/embedded-postgres';
import { openDataDirectory, shownPath } from './platform/data-directory';
import { codeOf, StartError } from './platform/start-error';
import type { Running } from './running';

/** Of the process that holds the directory, not of the data. */
const notData = new Set(['lock', 'postgres.log']);

export async function backup(config: Config, running: Running, to: string | null, log: (message: string) => void): Promise<string> {
  requireEmbedded(config);
  if (!existsSync(join(config.dataDirectory, 'postgres.json'))) {
    throw new StartError(
      `There is nothing to back up in ${shownPath(config.dataDirectory)}. Name the data directory in PINEBILL_DATA_DIR.`,
    );
  }
  const target = resolve(to ?? `pinebill-backup-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`);
  if (existsSync(target))
    throw new StartError(`${shownPath(target)} exists already. Name a folder that does not: npm run backup -- <folder>`);
  const directory = openDataDirectory(config.dataDirectory);
  running.add({ stop: () => directory.release() });
  await endInOrder(config, log);
  copyWhole(config.dataDirectory, target);
  return `Backed up ${shownPath(config.dataDirectory)} to ${shownPath(target)}. Bring it back with: npm run restore -- ${shownPath(target)}`;
}

export function restore(config: Config, from: string | null): string {
  requireEmbedded(config);
  const source = from === null ? null : resolve(from);
  if (source === null || !existsSync(join(source, 'postgres.json'))) {
    throw new StartError('Name a folder that npm run backup has made: npm run restore -- <folder>');
  }
  const target = config.dataDirectory;
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new StartError(`${shownPath(target)} holds data. Move it away first, or name another directory in PINEBILL_DATA_DIR.`);
  }
  rmSync(target, { recursive: true, force: true });
  copyWhole(source, target);
  return `Restored ${shownPath(source)} to ${shownPath(target)}. Start with: npm start`;
}

function requireEmbedded({ databaseUrl }: Config): void {
  if (databaseUrl === null) return;
  throw new StartError(
    'DATABASE_URL is set: back that server up with its own tools (pg_dump, snapshots), and copy the journal folder of the data directory while the product is stopped.',
  );
}

async function endInOrder({ dataDirectory }: Config, log: (message: string) => void): Promise<void> {
  const server = await EmbeddedPostgres.start({ dataDirectory, from: import.meta.url, log, started: () => undefined });
  await server.stop();
}

function copyWhole(from: string, to: string): void {
  const draft = `${to}.unfinished`;
  try {
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(dirname(draft), { recursive: true });
    cpSync(from, draft, {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => dirname(path) !== from || !notData.has(path.slice(from.length + 1)),
    });
    // As root, PostgreSQL's files belong to another user, and it refuses those that do not.
    if (process.getuid?.() === 0) keepOwners(from, draft);
    renameSync(draft, to);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw new StartError(`The copy to ${shownPath(to)} failed (${codeOf(error) ?? String(error)}). Nothing was left behind.`);
  }
}

function keepOwners(from: string, to: string): void {
  const { uid, gid } = lstatSync(from);
  lchownSync(to, uid, gid);
  if (!lstatSync(to).isDirectory()) return;
  for (const name of readdirSync(to)) keepOwners(join(from, name), join(to, name));
}
