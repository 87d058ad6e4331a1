/**
 * `npm run demo`: at the first start three people, a dozen keys and four weeks of history; at every start live traffic until it is stopped.
 * Lives in a data directory of its own (product.ts sees to that) and refuses a database that is in use.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuditWriter } from '@pinebill/nestjs-audit';
import { Client } from 'pg';
import { APP_CONFIG, type AppConfig } from '../config';
import { ownAddress } from '../platform/own-address';
import { stageAlerts } from './alerts';
import { people } from './cast';
import { WeeklyReviewJobs } from '../weekly-review';
import { recall, remember } from './demo-file';
import { makeChannels } from './channels';
import { askForExports } from './exports';
import { stageIncidents } from './incidents';
import { describeUsage } from './normal-usage';
import { archiveAndPurge, holdRecords } from './retention';
import type { HistoryOrganization } from './history-records';
import { loadLiveWorld } from './live-world';
import { renewSecrets, seed } from './seed';
import { startTraffic, type Pace } from './traffic';
import { writeHistory } from './write-history';

export type DemoOptions = {
  app: NestFastifyApplication;
  /** Where people open the console. */
  url: string;
  log: (message: string) => void;
  pace?: Pace;
  /** The part of the ordinary history that is written; specs take less. */
  historyScale?: number;
};

/** Any number: the same one tells the same story. */
const SEED = 20_251_202;

export async function startDemo({ app, url, log, pace, historyScale = 1 }: DemoOptions): Promise<{ stop(): Promise<void> }> {
  const config = app.get<AppConfig>(APP_CONFIG);
  const db = new Client({ connectionString: config.database.ownerUrl, options: '-c role=pinebill_maintenance -c search_path=app' });
  await db.connect();
  try {
    const memory = recall(config.dataDirectory);
    const { secrets, organizations }: Begun = memory
      ? { secrets: await renewSecrets(db, memory.keys), organizations: [] }
      : await firstStart({ app, db, log, dataDirectory: config.dataDirectory, historyScale });
    const world = await loadLiveWorld(db, secrets);
    log(welcome(url));
    const stopping = new AbortController();
    const archived = archiveAndPurge({ app, organizations, signal: stopping.signal }).catch(() => undefined);
    const traffic = startTraffic({ url: ownAddress(app.getHttpServer()), world, seed: Date.now(), ...(pace ? { pace } : {}) });
    return {
      stop: async () => {
        stopping.abort();
        await Promise.all([traffic.stop(), archived]);
      },
    };
  } finally {
    await db.end();
  }
}

type FirstStart = { app: NestFastifyApplication; db: Client; log: (message: string) => void; dataDirectory: string; historyScale: number };

type Begun = { secrets: ReadonlyMap<string, string>; organizations: readonly HistoryOrganization[] };

async function firstStart({ app, db, log, dataDirectory, historyScale }: FirstStart): Promise<Begun> {
  const now = new Date();
  log('  Writing four weeks of history ...');
  const { organizations: full, secrets } = await seed(db, now);
  const organizations = full.map((organization) => ({ ...organization, requests: organization.requests * historyScale }));
  const records = await writeHistory({ db, writer: app.get(AuditWriter), organizations, now, seed: SEED, log });
  log(`  ${records.toLocaleString('en')} records in ${((Date.now() - now.getTime()) / 1_000).toFixed(1)} s`);
  if (full[0]) await askForExports(app, full[0]);
  if (full[0]) await makeChannels(app, full[0]);
  if (full[0]) await stageIncidents({ app, db, organization: full[0], now });
  if (full[0]) await stageAlerts({ app, db, organization: full[0], now });
  if (full[0]) await holdRecords(app, full[0], now);
  if (full[0]) await describeUsage(app, full[0]);
  await app.get(WeeklyReviewJobs).makeDue();
  const keys = Object.fromEntries(organizations.flatMap((organization) => organization.keys.map((key) => [key.handle, key.id])));
  remember(dataDirectory, { keys, historyWrittenAt: new Date().toISOString() });
  return { secrets, organizations: full };
}

function welcome(url: string): string {
  const width = Math.max(...people.map((person) => person.email.length));
  return [
    '',
    `  The demo plays at ${url}: sign in as`,
    ...people.map(({ role, email, password }) => `    ${role.padEnd(7)} ${email.padEnd(width)}   ${password}`),
    '  These passwords are public. The traffic is made up; each pattern recurs every few minutes.',
    '',
  ].join('\n');
}
