/**
 * What people have done about the two breaches of the history (breach-patterns.ts), by the product's own services at the time of the story: one incident is
 * closed and written down, one was opened a while ago by somebody who may not stop the key, and waits for the visitor.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Client } from 'pg';
import { AuditLogsService } from '../audit-logs';
import { Closing, Containment, EvidenceService, FollowUps, IncidentExtents, IncidentNoting, Incidents } from '../incident-response';
import { Clock } from '../platform/clock';
import { typeId } from '../platform/ids';
import { actorsOf } from './actors';
import { notebookTimes, subscriptionTimes } from './breach-times';
import { intruder, reader, type Caller } from './cast';
import { keyNamed } from './history-patterns';
import type { HistoryOrganization } from './history-records';
import { storyClock, type StoryClock } from './story-clock';

type Actors = NonNullable<ReturnType<typeof actorsOf>>;
type Staging = {
  app: NestFastifyApplication;
  db: Client;
  organization: HistoryOrganization;
  actors: Actors;
  now: number;
  during: StoryClock;
};

export async function stageIncidents(staging: Pick<Staging, 'app' | 'db' | 'organization'> & { now: Date }): Promise<void> {
  const actors = actorsOf(staging.organization);
  if (!actors) return;
  const clock = storyClock(staging.app.get(Clock));
  try {
    const told = { ...staging, actors, now: staging.now.getTime(), during: clock.during };
    await closedIncident(told);
    await openIncident(told);
  } finally {
    clock.restore();
  }
}

/** Ids of the oldest records of a caller with a key since a time. */
async function recordsOf(
  { app, actors }: Staging,
  { apiKeyId, caller, since, count }: { apiKeyId: string; caller: Caller; since: number; count: number },
): Promise<string[]> {
  const filter = { apiKeyId, ip: caller.ip, from: iso(since), order: 'asc', limit: String(count) };
  return (await app.get(AuditLogsService).list(actors.admin(), filter)).data.map(({ id }) => id);
}

async function closedIncident(staging: Staging): Promise<void> {
  const { app, db, actors, now, during, organization } = staging;
  const times = notebookTimes(now);
  const key = keyNamed({ organization }, 'notebook');
  const apiKeyId = typeId('key', key.id);
  const records = await recordsOf(staging, { apiKeyId, caller: reader, since: times.begins, count: 30 });
  const { id } = await during(times.opened, () =>
    app.get(Incidents).open(actors.admin(), {
      logIds: records.slice(0, 3),
      severity: 'medium',
      note: 'An address that this key was never used from reads whole pages of customers.',
    }),
  );
  await during(times.revoked, () =>
    app.get(Containment).contain(actors.admin(), id, { action: 'revoke', reason: key.revoked?.reason ?? '' }),
  );
  await confirmedThen(db, key.id, times.revoked);
  await during(times.noted, () => app.get(IncidentNoting).add(actors.member(), id, { text: notes.member }));
  await during(times.evidence, () => app.get(EvidenceService).add(actors.admin(), id, { logIds: records }));
  // Somebody looks in the evening: the nightly report has been seen with the new key.
  await during(times.looked, () => app.get(Incidents).get(actors.admin(), id, { isLook: true }));
  await during(times.scoped, () =>
    app.get(IncidentExtents).confirm(actors.admin(), id, { from: iso(times.begins), to: iso(times.revoked + 60_000) }),
  );
  await during(times.closed, () => app.get(Closing).close(actors.admin(), id, report));
  await during(times.closed + 60_000, () => followUps({ ...staging, id }));
}

async function followUps({ app, actors, now, id, during }: Staging & { id: string }): Promise<void> {
  const tasks = app.get(FollowUps);
  // The admin's own, so that no mail about them waits.
  const ownerId = typeId('usr', actors.admin().id);
  const day = (days: number): string => new Date(now + days * 86_400_000).toISOString().slice(0, 10);
  const scan = await tasks.add(actors.admin(), id, { title: 'Take keys out of the shared notebooks', ownerId, dueOn: day(-7) });
  await tasks.add(actors.admin(), id, { title: 'Allow the analytics key from its own network only', ownerId, dueOn: day(9) });
  await during(now - 8 * 86_400_000, () => tasks.change(actors.member(), id, scan.id, { done: true }));
}

async function openIncident(staging: Staging): Promise<void> {
  const { app, actors, now, during, organization } = staging;
  const apiKeyId = typeId('key', keyNamed({ organization }, 'subscriptions').id);
  const { again, opened } = subscriptionTimes(now);
  const logIds = await recordsOf(staging, { apiKeyId, caller: intruder, since: again, count: 6 });
  await during(opened, () => app.get(Incidents).open(actors.member(), { logIds, note: notes.found }));
}

/** The processes answer by the clock of PostgreSQL, which nobody can set back. */
async function confirmedThen(db: Client, keyId: string, revokedAt: number): Promise<void> {
  await db.query(
    `update revocation_process set asked_at = $2, confirmed_at = $2::timestamptz + interval '41 ms' where api_key_id = $1 and confirmed_at is not null`,
    [keyId, new Date(revokedAt)],
  );
}

const iso = (at: number): string => new Date(at).toISOString();

const notes = {
  member:
    'The key stood in the first cell of the **churn notebook**, which was shared by link last week. The link is closed. The nightly report reads its key from the secret store and gets the new one with the next run.',
  found:
    'Looking for a failed payment I found these: our subscriptions run in Frankfurt, and these requests come from Indonesia with a client that we do not use. They change customers. I may not stop the key.',
} as const;

const report = {
  rootCause: 'The secret of the key was pasted into a notebook, and the notebook was shared by link.',
  impact: 'Pages of customers and invoices were read from an address abroad for 51 minutes. Nothing was written: the key could only read.',
  lessons:
    'Keys do not belong into notebooks: they are read from the secret store. A key that only one machine uses is restricted to its network.',
} as const;
