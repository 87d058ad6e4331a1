/** Starts everything in order and stops it in the opposite one; a start that fails half-way undoes what it had done. */
import { existsSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './app';
import type { AppConfig, Config } from './config';
import { EmbeddedPostgres } from './database/embedded-postgres';
import type { FirstRunResult } from './database/first-run';
import { prepareDatabase } from './database/prepare-database';
import { Connections } from './platform/connections';
import { openDataDirectory, shownPath } from './platform/data-directory';
import { Lifecycle } from './platform/lifecycle';
import { tooFewFiles } from './platform/server-limits';
import { codeOf, StartError } from './platform/start-error';
import type { Running } from './running';

/**
 * The stop takes 15 s at most, whatever hangs. Of these: how long open connections may bring another request, whose answer then closes them;
 * how long requests in flight may go on; how long all of the application may take, writing what is left to PostgreSQL included (what is not
 * written then is in the journal, and the next start writes it). The rest is for PostgreSQL itself.
 */
const DRAIN_MS = 1_000;
const REQUESTS_MS = 8_000;
const APPLICATION_MS = 11_000;
/** PostgreSQL is given what is left, and never less: a checkpoint of a quiet server takes a fraction of this. */
const LEAST_POSTGRES_MS = 3_000;

export type Product = { url: string; firstRun: FirstRunResult; app: NestFastifyApplication };

/** The database, found or started, with schema and first run. `running` learns what must be stopped, also when this throws. */
export async function openDatabase(
  config: Config,
  running: Running,
  log: (message: string) => void,
): Promise<{ config: AppConfig; firstRun: FirstRunResult }> {
  const directory = openDataDirectory(config.dataDirectory);
  running.add({ stop: () => directory.release() });
  if (config.demo) claimForDemo(directory.path);
  const database = await findDatabase(config, running, log);
  const firstRun = await prepareDatabase({ ownerUrl: database.ownerUrl, loginUrl: database.url, firstRun: config.firstRun, log });
  const built = (file: string): string => join(import.meta.dirname, file);
  const threads = {
    exportThread: built('export-thread.mjs'),
    archiveThread: built('archive-thread.mjs'),
    reportThread: built('report-thread.mjs'),
  };
  return { config: { ...config, database, consoleDirectory: built('../console'), ...threads }, firstRun };
}

async function findDatabase(config: Config, running: Running, log: (message: string) => void): Promise<AppConfig['database']> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, ownerUrl: config.databaseOwnerUrl ?? config.databaseUrl };
  const server = await EmbeddedPostgres.start({
    dataDirectory: config.dataDirectory,
    from: import.meta.url,
    log,
    started: (started) =>
      running.add({ stop: (leftMs) => started.stop(Math.max(leftMs, LEAST_POSTGRES_MS)), abandon: () => started.abandon() }),
  });
  return { url: server.url, ownerUrl: server.ownerUrl };
}

/** Example data never gets into a directory that is used for real. */
function claimForDemo(path: string): void {
  const marker = join(path, 'demo');
  if (existsSync(marker)) return;
  if (existsSync(join(path, 'postgres.json')))
    throw new StartError(`The data directory ${shownPath(path)} is not a demo's. Unset PINEBILL_DATA_DIR, or name another.`);
  writeFileSync(marker, 'Made by npm run demo: holds example data only, may be deleted.\n');
}

export async function startProduct(given: Config, running: Running, log: (message: string) => void): Promise<Product> {
  const { config, firstRun } = await openDatabase(given, running, log);
  const app = await createApp(config);
  const warning = tooFewFiles(config.maxConnections);
  if (warning !== null) new Logger('Connections').warn(warning);
  running.add({ stop: () => stopServing(app) });
  await listen(app, config);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = config.publicUrl ?? `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  app.get(Lifecycle).listening();
  return { url, firstRun, app };
}

async function listen(app: NestFastifyApplication, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EADDRINUSE')
      throw new StartError(`Port ${port} of ${host} is in use by another program. Stop it, or set PORT to another.`);
    if (code === 'EACCES') throw new StartError(`Port ${port} may not be used by this user. Set PORT to one above 1023.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartError(`${host} is no address of this machine. Set HOST to one, or to 0.0.0.0 for all.`);
    throw error;
  }
}

/** Readiness goes first, so that a load balancer looks elsewhere; what is in flight finishes, within the deadline; Nest's hooks flush the records. */
async function stopServing(app: NestFastifyApplication): Promise<void> {
  app.get(Lifecycle).stopping();
  const deadline = setTimeout(() => app.getHttpServer().closeAllConnections(), REQUESTS_MS);
  let giveUp: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => (giveUp = setTimeout(resolve, APPLICATION_MS)));
  const closed = app.get(Connections).drain(DRAIN_MS).then(() => app.close()); // prettier-ignore
  try {
    await Promise.race([closed, tooLong]);
  } finally {
    clearTimeout(deadline);
    clearTimeout(giveUp);
  }
}
