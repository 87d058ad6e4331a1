// The built product as real processes on a data directory of its own, and the ways to kill them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const root = join(import.meta.dirname, '../..');
export const DELIVERED = join(root, 'dist/apps/api/main.mjs');
const admin = { email: 'admin@example.com', password: 'correct horse battery staple 1' };
/** A machine that is busy with other things is slow, not wrong. */
const START_MS = 120_000;

export class Product {
  /** Of the whole run, over all starts. */
  output = '';
  url = null;
  child = null;
  #ended = false;

  /**
   * `urls`: of a PostgreSQL of the harness; without it the product starts its own. `environment`: more variables. `wrapper`: program and
   * arguments to put before the command; it must become the process itself.
   */
  constructor(base, { main = DELIVERED, urls = null, environment = {}, wrapper = [] } = {}) {
    if (!existsSync(main)) throw new Error('Build the product first: npm run build');
    Object.assign(this, { base, main, urls, environment, wrapper });
    mkdirSync(base, { recursive: true });
    chmodSync(base, 0o755); // as root, PostgreSQL runs as another user and must get through
    this.directory = join(base, 'data');
    this.journal = join(this.directory, 'journal');
  }

  /** The process exists when this returns; `ready` waits for it. `more`: variables of this start only. */
  spawn(more = {}) {
    if (this.#ended) throw new Error('The run was ended.');
    this.url = null;
    const [program, ...args] = [...this.wrapper, process.execPath, this.main];
    this.child = spawn(program, args, {
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
        ...(this.urls ? { DATABASE_URL: this.urls.url, DATABASE_OWNER_URL: this.urls.ownerUrl } : {}),
        ...this.environment,
        ...more,
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
  async shipped(withinMs = START_MS) {
    for (const deadline = Date.now() + withinMs; ; await delay(100)) {
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

  /** The most memory that this process has ever had resident, in bytes; null when it does not run. */
  get peakMemory() {
    try {
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))?.[1]) * 1_024;
    } catch {
      return null;
    }
  }

  /** As the owner of everything: no row-level security hides a row from the checker. */
  async query(sql, parameters = []) {
    const client = new pg.Client({ connectionString: this.urls?.ownerUrl ?? this.#embeddedUrl() });
    client.on('error', () => undefined); // the query in flight rejects
    await client.connect();
    try {
      return (await client.query(sql, parameters)).rows;
    } finally {
      await client.end();
    }
  }

  #embeddedUrl() {
    const { port, ownerPassword } = JSON.parse(readFileSync(join(this.directory, 'postgres.json'), 'utf8'));
    return `postgres://pinebill_owner:${ownerPassword}@127.0.0.1:${port}/pinebill`;
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

  /** Two keys for the client, one of them revoked, and limits that it does not reach. */
  async mint() {
    const call = await this.signIn();
    const scopes = ['invoices:read', 'invoices:write', 'customers:read', 'customers:write'];
    await call('PATCH', '/v1/organization', { limits: { perKeyPerMinute: 1_000_000, perOrganizationPerMinute: 1_000_000 } });
    const good = await call('POST', '/v1/api-keys', { name: 'Faults', scopes });
    const revoked = await call('POST', '/v1/api-keys', { name: 'Revoked', scopes });
    await call('POST', `/v1/api-keys/${revoked.id}/revoke`, { reason: 'faults' });
    return { secret: good.secret, revoked: revoked.secret };
  }

  /** Resolves with the exit code. */
  async stop() {
    if (!this.runs) return null;
    this.child.kill('SIGTERM');
    return (await this.exited)[0];
  }

  /** For every end of the run, also a failed or interrupted one: no process is left. */
  async end() {
    this.#ended = true;
    if (this.runs) await this.killApi();
    this.killPostgres('SIGQUIT');
    for (let waited = 0; this.postgresPid !== null && waited < 100; waited += 1) await delay(100);
  }
}
