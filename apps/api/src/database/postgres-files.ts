/** What lies beside the data of the embedded server, and what the system knows of its process. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ListeningClient } from '@pinebill/nestjs-audit';
import { shownPath } from '../platform/data-directory';
import { childrenOf, isAlive } from '../platform/process-identity';
import { codeOf, StartError } from '../platform/start-error';

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const FAST_STOP_MS = 30_000;
/** PostgreSQL itself kills what does not obey within 5 s. */
const IMMEDIATE_STOP_MS = 15_000;
const POLL_MS = 40;

/** Kept with mode 0600. The service logs in as a role that owns nothing. */
export type Secrets = {
  port: number;
  ownerPassword: string;
  servicePassword: string;
  /** initdb has finished. */
  initialised: boolean;
};

/** A port that was good is kept: what an operator wrote down stays true. */
export async function freePort(preferred: number): Promise<number> {
  for (const port of [preferred, 0]) {
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch {
      continue; // taken: any other
    } finally {
      server.close();
    }
  }
  throw new StartError('No free port on 127.0.0.1 for the embedded PostgreSQL.');
}

export const findSecrets = (file: string): Secrets | null =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Secrets) : null;

export function readSecrets({ data, secrets: file }: { data: string; secrets: string }): Secrets {
  const found = findSecrets(file);
  if (found) return found;
  if (existsSync(join(data, 'PG_VERSION')))
    throw new StartError(`${shownPath(file)} is missing: it holds the passwords of the database beside it. Bring it back from a backup.`);
  const password = () => randomBytes(24).toString('hex');
  const secrets = { port: 0, ownerPassword: password(), servicePassword: password(), initialised: false };
  writeSecrets(file, secrets);
  return secrets;
}

export function writeSecrets(file: string, secrets: Secrets): void {
  const draft = `${file}.new`;
  writeFileSync(draft, JSON.stringify(secrets), { mode: 0o600, flush: true });
  renameSync(draft, file); // a kill in between must not cost the password
}

export function openLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

export function postmasterPid(data: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10);
    return Number.isNaN(pid) ? null : Math.abs(pid);
  } catch {
    return null;
  }
}

/** SIGINT: fast shutdown, which writes a checkpoint. SIGQUIT, when that takes too long: the next start recovers from the write-ahead log. */
export async function endServer(pid: number, fastMs = FAST_STOP_MS): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', fastMs],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
  ] as const) {
    signalIfAlive(pid, signal);
    // What was suspended (by a debugger, by job control) hears nothing until it goes on; each process of the server for itself.
    for (const one of [pid, ...childrenOf(pid)]) signalIfAlive(one, 'SIGCONT');
    const deadline = Date.now() + waitMs;
    while (isAlive(pid) && Date.now() < deadline) await delay(POLL_MS);
    if (!isAlive(pid)) return;
  }
  throw new StartError(`The PostgreSQL with process id ${pid} does not stop. End it by hand.`);
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/** PG* variables of the operator are for another server, and LC_* must not change ours. */
export const cleanEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
});

export const lastLines = (log: string): string => log.trim().split('\n').slice(-3).join(' ').slice(-600) || 'it said nothing.';

export async function query(url: string, sql: string, parameters: unknown[] = []): Promise<object[]> {
  const client = new ListeningClient({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    return (await client.query<object>(sql, parameters)).rows;
  } finally {
    await client.end().catch(() => {
      // the connection was never made or is gone: what had to be said was thrown above
    });
  }
}
