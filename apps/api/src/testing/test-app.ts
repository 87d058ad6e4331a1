/**
 * The booted product on a database of its own, for *.db.spec.ts. The template has a home organization with an admin, a member and a guest, and
 * a second organization with an admin; all share one password.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { cloneDatabase, withTemplate, type TestDatabase } from '@pinebill/testing';
import { Client } from 'pg';
import { createApp } from '../app';
import { readConfig, type AppConfig } from '../config';
import { ChangeChannel } from '../database/change-channel';
import { prepareDatabase } from '../database/prepare-database';

export const PASSWORD = 'correct horse battery staple';
/** Fixed, so that a spec can name them. Uuids; `stranger` is the admin of the other organization. */
export const people = {
  admin: { id: '01930000-0000-7000-8000-0000000000a1', email: 'admin@example.com', role: 'admin' },
  member: { id: '01930000-0000-7000-8000-0000000000a2', email: 'member@example.com', role: 'member' },
  guest: { id: '01930000-0000-7000-8000-0000000000a3', email: 'guest@example.com', role: 'guest' },
  stranger: { id: '01930000-0000-7000-8000-0000000000a4', email: 'stranger@elsewhere.example', role: 'admin' },
} as const;
export type Person = keyof typeof people;
export const organizations = { home: '01930000-0000-7000-8000-000000000001', other: '01930000-0000-7000-8000-000000000002' } as const;

export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; null when it is no JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs assert on any shape; matchers check it
  json: any;
};
export type Call = {
  method?: string;
  /** Signed in as; signs in on the first use. */
  as?: Person;
  /** A secret of an API key. */
  key?: string;
  /** Serialised, unless it is a string. */
  body?: unknown;
  headers?: Record<string, string>;
};
export type TestApp = {
  url: string;
  app: NestFastifyApplication;
  config: AppConfig;
  db: TestDatabase;
  /** SQL as a superuser, past every wall, in schema app. */
  sql<T extends Record<string, unknown>>(text: string, parameters?: unknown[]): Promise<T[]>;
  call(path: string, options?: Call): Promise<Answer>;
  /** The cookie header of a fresh session. */
  signIn(person: Person | { email: string; password: string }): Promise<string>;
  close(): Promise<void>;
};

async function prepareTemplate(url: string): Promise<void> {
  await prepareDatabase({
    ownerUrl: url,
    loginUrl: url,
    firstRun: { organization: 'Home', adminEmail: people.admin.email, adminPassword: PASSWORD },
  });
  const client = new Client({ connectionString: url, options: '-c search_path=app' });
  await client.connect();
  // The cheapest parameters Argon2 takes: specs sign in often, and this is no place to be slow.
  const passwordHash = await hash(PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 });
  await client.query('delete from membership; delete from app_user; delete from organization');
  await client.query(
    `insert into organization (id, name, is_home, created_at) values ($1, 'Home', true, now()), ($2, 'Elsewhere', false, now())`,
    [organizations.home, organizations.other],
  );
  for (const [name, { id, email, role }] of Object.entries(people)) {
    await client.query('insert into app_user (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, now())', [
      id,
      email,
      `A ${name}`,
      passwordHash,
    ]);
    const organization = name === 'stranger' ? organizations.other : organizations.home;
    await client.query('insert into membership (id, organization_id, user_id, role, created_at) values ($1, $2, $1, $3, now())', [
      id,
      organization,
      role,
    ]);
  }
  await client.end();
}

export function testConfig(databaseUrl: string, dataDirectory: string, overrides: Partial<AppConfig> = {}): AppConfig {
  const config = readConfig({ PORT: '0', DATABASE_URL: databaseUrl, PINEBILL_DATA_DIR: dataDirectory, PINEBILL_LOG_LEVEL: 'error' });
  // What a spec does is not looked at beside it: whoever is about detection asks for a look.
  const here = { consoleDirectory: null, exportThread: null, archiveThread: null, reportThread: null, detection: false };
  return { ...config, database: { url: databaseUrl, ownerUrl: databaseUrl }, ...here, ...overrides };
}

export async function startTestApp(file: string, overrides: Partial<AppConfig> = {}): Promise<TestApp> {
  await withTemplate('app_template', prepareTemplate);
  const db = await cloneDatabase(file, 'app_template');
  const dataDirectory = mkdtempSync(join(tmpdir(), 'pinebill-app-'));
  const config = testConfig(db.url, dataDirectory, overrides);
  const app = await createApp(config);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const client = new Client({ connectionString: db.url, options: '-c search_path=app' });
  await client.connect();
  const sessions = new Map<Person, Promise<string>>();
  const call = caller(url, (person) => {
    const session = sessions.get(person) ?? signIn(url, person);
    sessions.set(person, session);
    return session;
  });
  return {
    url,
    app,
    config,
    db,
    sql: async (text, parameters = []) => {
      const { rows } = await client.query(text, parameters);
      // As a handler does: what was just changed is known to the app when this resolves.
      await app.get(ChangeChannel).caughtUp();
      return rows;
    },
    call,
    signIn: (person) => signIn(url, person),
    close: async () => {
      await app.close();
      await client.end();
      await db.drop();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** The product once more, on the same database: what one process does must hold in the other. */
export async function anotherProcess(
  { db }: Pick<TestApp, 'db'>,
  overrides: Partial<AppConfig> = {},
): Promise<{ url: string; app: NestFastifyApplication; close(): Promise<void> }> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'pinebill-app-'));
  const app = await createApp(testConfig(db.url, dataDirectory, overrides));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    app,
    close: async () => {
      await app.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

function caller(url: string, cookieOf: (person: Person) => Promise<string>): TestApp['call'] {
  return async (path, { method, as, key, body, headers = {} } = {}) => {
    const credentials: Record<string, string> = as === undefined ? {} : { cookie: await cookieOf(as), origin: url };
    const content: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const response = await fetch(url + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      redirect: 'manual',
      headers: { ...content, ...credentials, ...authorization, ...headers },
      ...(body === undefined ? {} : { body: serialised(body) }),
    });
    return await answer(response);
  };
}

const serialised = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

async function answer(response: Response): Promise<Answer> {
  // A stream of events would never end: that it was opened is all there is to say.
  const goesOn = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (goesOn) await response.body?.cancel();
  const text = goesOn ? '' : await response.text();
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // not JSON: `json` stays null
  }
  return { status: response.status, headers: response.headers, text, json };
}

async function signIn(url: string, person: Person | { email: string; password: string }): Promise<string> {
  const who = typeof person === 'string' ? { email: people[person].email, password: PASSWORD } : person;
  const response = await fetch(`${url}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(who),
  });
  if (response.status !== 200) throw new Error(`sign-in of ${who.email}: ${response.status} ${await response.text()}`);
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
