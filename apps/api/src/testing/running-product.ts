/** What a spec does with a product that runs as a process: sign in, make a key, load it from another process, look into its database. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { parseId } from '../platform/ids';

export const admin = { email: 'admin@example.com', password: 'correct horse battery staple 1' };
/** For the first start. */
export const adminEnvironment = { PINEBILL_ADMIN_EMAIL: admin.email, PINEBILL_ADMIN_PASSWORD: admin.password };

/** A key that no limit stops. */
export async function mintKey(url: string): Promise<string> {
  const headers: Record<string, string> = { 'content-type': 'application/json', origin: url, connection: 'close' };
  const call = async (method: string, path: string, body: unknown): Promise<Response> => {
    const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const session = await call('POST', '/v1/session', admin);
  headers['cookie'] = session.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; '); // prettier-ignore
  await call('PATCH', '/v1/organization', { limits: { perKeyPerMinute: 1_000_000, perOrganizationPerMinute: 1_000_000 } });
  const scopes = ['invoices:read', 'invoices:write', 'customers:read', 'customers:write'];
  const minted = await call('POST', '/v1/api-keys', { name: `Key ${Date.now()}`, scopes });
  return ((await minted.json()) as { secret: string }).secret;
}

export type Attempt = {
  label: string;
  method: string;
  /** `answered`, `refused` a connection, or how the connection broke. */
  end: string;
  status: number | null;
  /** As in the header: `req_...`. */
  id: string | null;
  closes: boolean;
  retryAfter: string | null;
  detail: string | null;
  milliseconds: number;
};

export type Load = {
  /** Resolves when the client has had so many answers. */
  answers: (count: number) => Promise<void>;
  /** Resolves when it has ended. */
  attempts: Promise<Attempt[]>;
};

/** See steady-client.mjs. */
export function loadSteadily(url: string, secret: string, load: { perSecond: number; seconds: number; label: string }): Load {
  const script = join(__dirname, 'steady-client.mjs');
  const args = [script, url, secret, String(load.perSecond), String(load.seconds), load.label];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let progress = 0;
  child.stderr.on('data', (chunk: Buffer) => (progress = Number(chunk.toString().trim().split('\n').at(-1))));
  return {
    attempts: text(child.stdout).then((json) => JSON.parse(json) as Attempt[]),
    answers: async (count) => {
      while (!(progress >= count) && child.exitCode === null) await delay(10);
    },
  };
}

/** Past every wall. */
export async function queryEmbedded<T extends Record<string, unknown>>(dataDirectory: string, sql: string): Promise<T[]> {
  const { port, ownerPassword } = JSON.parse(readFileSync(join(dataDirectory, 'postgres.json'), 'utf8')) as {
    port: number;
    ownerPassword: string;
  };
  const client = new Client({ host: '127.0.0.1', port, user: 'pinebill_owner', password: ownerPassword, database: 'pinebill' });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

export type StoredRow = { id: string; label: string; status: number | null; outcome: string };

/** Rows of the client's requests, when every record of the journal has been stored. */
export async function storedRows(url: string, dataDirectory: string): Promise<StoredRow[]> {
  for (const deadline = Date.now() + 60_000; ;) {
    const answer = await fetch(`${url}/readyz`, { headers: { connection: 'close' } });
    const { parts } = (await answer.json()) as { parts: { journal: { entries: number } } };
    if (answer.ok && parts.journal.entries === 0) break;
    if (Date.now() > deadline) throw new Error(`The journal does not drain: ${JSON.stringify(parts)}`);
    await delay(100);
  }
  return queryEmbedded<StoredRow>(
    dataDirectory,
    `select id::text, client_request_id as label, status, outcome from app.audit_record where user_agent = 'steady'`,
  );
}

/** What an answer says and its record does not: empty, when each has the one that it must have. */
export function unrecorded(attempts: readonly Attempt[], rows: readonly StoredRow[]): string[] {
  const byLabel = new Map<string, StoredRow[]>();
  for (const row of rows) byLabel.set(row.label, [...(byLabel.get(row.label) ?? []), row]);
  return attempts
    .filter(({ id }) => id !== null)
    .flatMap(({ label, id, status }) => {
      const found = byLabel.get(label) ?? [];
      const [row] = found;
      const agrees = found.length === 1 && row?.id === parseId('req', id ?? '') && row.status === status && row.outcome === 'completed';
      return agrees ? [] : [`${label} answered ${status ?? 0}: ${JSON.stringify(found)}`];
    });
}
