// The built product as real processes on a data directory of its own, and the ways to kill them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const root = join(import.meta.dirname, '../..');
const MAIN = join(root, 'dist/apps/api/main.mjs');
const admin = { email: 'admin@example.com', password: 'correct horse battery staple 1' };
/** A machine that is busy with other things is slow, not wrong. */
const START_MS = 120_000;

export class Product {
  /** Of the whole run, over all starts. */
  output = '';
  url = null;
  child = null;
  #ending = null;

  constructor() {
    if (!existsSync(MAIN)) throw new Error('Build the product first: npm run build');
    this.base = mkdtempSync(join(tmpdir(), 'pinebill-faults-'));
    chmodSync(this.base, 0o755); // as root, PostgreSQL runs as another user and must get through
    this.directory = join(this.base, 'data');
  }

  /** The process exists when this returns; `ready` waits for it. */
  spawn() {
    if (this.#ending) throw new Error('The run was ended.');
    this.url = null;
    this.child = spawn(process.execPath, [MAIN], {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        PINEBILL_DATA_DIR: this.directory,
        PINEBILL_ADMIN_EMAIL: admin.email,
        PINEBILL_ADMIN_PASSWORD: admin.password,
        PINEBILL_LOG_LEVEL: 'error',
        // The client plays many addresses: one anonymous source has rows up to a bound only, and here every answer must have its own.
        PINEBILL_TRUSTED_PROXIES: '127.0.0.0/8',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const from = this.output.length;
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on('data', (chunk) => {
        this.output += chunk;
        this.url ??= /PineBill is ready: (\S+)/.exec(this.output.slice(from))?.[1] ?? null;
      });
    this.exited = once(this.child, 'exit');
  }

  get runs() {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  async ready() {
    for (const deadline = Date.now() + START_MS; this.url === null || !(await this.isReady()); await delay(20)) {
      if (!this.runs) throw new Error(`The product ended by itself:\n${this.output.slice(-4_000)}`);
      if (Date.now() > deadline) throw new Error(`The product did not get ready:\n${this.output.slice(-4_000)}`);
    }
  }

  async readiness() {
    const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(10_000) }).catch(() => null);
    return answer === null ? { ready: false } : { ready: answer.ok, parts: (await answer.json()).parts };
  }

  isReady = async () => (await this.readiness()).ready;

  /** Every record is in PostgreSQL. */
  async shipped() {
    for (const deadline = Date.now() + START_MS; ; await delay(100)) {
      const { ready, parts } = await this.readiness();
      if (ready && parts.journal.entries === 0) return;
      if (Date.now() > deadline) throw new Error(`The journal does not drain: ${JSON.stringify(parts)}`);
    }
  }

  async killApi() {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint, the next start recovers. */
  killPostgres(signal) {
    const pid = this.postgresPid;
    if (pid === null) return false;
    process.kill(pid, signal);
    return true;
  }

  /** Null when none runs. The number in the file may belong to another program by now. */
  get postgresPid() {
    try {
      const pid = Number.parseInt(readFileSync(join(this.directory, 'postgres/postmaster.pid'), 'utf8'), 10);
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(this.directory) ? pid : null;
    } catch {
      return null;
    }
  }

  /** As the owner of everything: no row-level security hides a row from the checker. */
  async query(sql) {
    const { port, ownerPassword: password } = JSON.parse(readFileSync(join(this.directory, 'postgres.json'), 'utf8'));
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'pinebill_owner', password, database: 'pinebill' });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** What a server promises without fsync proves nothing. */
  async assertFlushing() {
    for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) {
      const [row] = await this.query(`show ${name}`);
      if (row[name] !== 'on') throw new Error(`PostgreSQL runs with ${name} = ${row[name]}: nothing would be proved.`);
    }
  }

  /** Signs in as the admin; resolves with a function that calls the API as them. */
  async signIn() {
    let cookie = '';
    const call = async (method, path, body) => {
      const headers = { 'content-type': 'application/json', 'user-agent': 'faults-admin', origin: this.url, cookie };
      const answer = await fetch(this.url + path, { method, headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      for (const set of answer.headers.getSetCookie()) cookie = set.split(';')[0];
      return answer.json();
    };
    await call('POST', '/v1/session', admin);
    return call;
  }

  /** Resolves with the exit code. */
  async stop() {
    if (!this.runs) return null;
    this.child.kill('SIGTERM');
    return (await this.exited)[0];
  }

  /** For every end of the run, also a failed or interrupted one: no process is left. The first call decides. */
  end(options) {
    return (this.#ending ??= this.#end(options));
  }

  async #end({ keep }) {
    if (this.runs) await this.killApi();
    this.killPostgres('SIGQUIT');
    for (let waited = 0; this.postgresPid !== null && waited < 100; waited += 1) await delay(100);
    if (!keep) rmSync(this.base, { recursive: true, force: true });
  }
}
