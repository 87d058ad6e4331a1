/** Where the detection of an organization stands: its cursor, what it remembers, and the steps it took. Inside the organization's transaction. */
import type { Snapshot } from '@pinebill/detection';
import { SEQUENCE_BLOCK } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { newId } from '../platform/ids';

export type Cursor = {
  /** Everything up to here has been looked at. */
  sequence: number;
  advancedUntil: Date | null;
  profileId: string | null;
};

/** Locks it until the end of the transaction: of two who step at once, the second sees what the first has done. Null: another one is at it. */
export async function lockCursor(tx: EntityManager, organizationId: string): Promise<Cursor | 'new' | null> {
  const [row] = await tx.query<{ sequence: string; advanced_until: Date | null; profile_id: string | null }[]>(
    'select sequence, advanced_until, profile_id from detection_cursor where organization_id = $1 for update skip locked',
    [organizationId],
  );
  if (row) return { sequence: Number(row.sequence), advancedUntil: row.advanced_until, profileId: row.profile_id };
  const [there] = await tx.query<unknown[]>('select 1 from detection_cursor where organization_id = $1', [organizationId]);
  return there ? null : 'new';
}

/** What people do at the console is left out unless an admin has asked for it. */
export async function settingOf(tx: EntityManager, organizationId: string): Promise<{ includesPeople: boolean }> {
  const [row] = await tx.query<{ includes_people: boolean }[]>('select includes_people from detection_setting where organization_id = $1', [
    organizationId,
  ]);
  return { includesPeople: row?.includes_people ?? false };
}

export const keepSetting = (
  tx: EntityManager,
  organizationId: string,
  { includesPeople, by, at }: { includesPeople: boolean; by: string; at: Date },
) =>
  tx.query(
    `insert into detection_setting (organization_id, includes_people, changed_at, changed_by_name) values ($1, $2, $3, $4)
     on conflict (organization_id) do update set includes_people = excluded.includes_people, changed_at = excluded.changed_at, changed_by_name = excluded.changed_by_name`,
    [organizationId, includesPeople, at, by],
  );

type Waiting = { waiting: number; oldestWaitingAt: Date | null; failures: number; failedAt: Date | null };

/** Of a log of which nothing was looked at yet, what there is. */
export async function waitingOf(tx: EntityManager, organizationId: string): Promise<Waiting> {
  const [row] = await tx.query<{ waiting: string; oldest: Date | null; failures: number | null; failed_at: Date | null }[]>(
    `select h.sequence - coalesce(c.sequence, 0) as waiting, c.failures, c.failed_at,
       (select l.occurred_at from audit_log l where l.organization_id = h.organization_id and l.sequence > coalesce(c.sequence, 0)
          and l.sequence_block = ((coalesce(c.sequence, 0) + 1) / ${SEQUENCE_BLOCK})::integer order by l.sequence limit 1) as oldest
     from audit_head h left join detection_cursor c on c.organization_id = h.organization_id where h.organization_id = $1`,
    [organizationId],
  );
  return {
    ...{ waiting: Math.max(0, Number(row?.waiting ?? 0)), oldestWaitingAt: row?.oldest ?? null },
    ...{ failures: row?.failures ?? 0, failedAt: row?.failed_at ?? null },
  };
}

/** Where it was being looked at; what was never looked at has no place to say it. */
export const noteFailure = (tx: EntityManager, organizationId: string, { message, now }: { message: string; now: Date }) =>
  tx.query('update detection_cursor set failures = failures + 1, failed_at = $2, last_error = $3 where organization_id = $1', [
    ...[organizationId, now, message],
  ]);

/** From when until when the log was looked at, in its own time; null: not yet. What lies outside of it was not looked at by anybody. */
export async function detectionCoverage(tx: EntityManager, organizationId: string): Promise<{ since: Date | null; until: Date | null }> {
  const [row] = await tx.query<{ since: Date | null; until: Date | null }[]>(
    `select (select s.until from detection_step s where s.organization_id = c.organization_id order by s.through_sequence, s.until limit 1) as since,
       c.advanced_until as until
     from detection_cursor c where c.organization_id = $1`,
    [organizationId],
  );
  return row ?? { since: null, until: null };
}

/** False: somebody else has just begun. */
export async function beginCursor(tx: EntityManager, organizationId: string, sequence: number): Promise<boolean> {
  const rows = await tx.query<unknown[]>(
    'insert into detection_cursor (organization_id, began_at, sequence) values ($1, $2, $2) on conflict do nothing returning 1',
    [organizationId, sequence],
  );
  return rows.length > 0;
}

export const moveCursor = (tx: EntityManager, organizationId: string, cursor: Cursor, lookAt: Date | null) =>
  tx.query(
    `update detection_cursor set sequence = $2, advanced_until = $3, profile_id = $4, look_at = $5, failures = 0, failed_at = null, last_error = null where organization_id = $1`,
    [organizationId, cursor.sequence, cursor.advancedUntil, cursor.profileId, lookAt],
  );

export async function readState(tx: EntityManager, organizationId: string): Promise<Map<string, string>> {
  const rows = await tx.query<{ part: string; state: string }[]>('select part, state from detection_state where organization_id = $1', [
    organizationId,
  ]);
  return new Map(rows.map(({ part, state }) => [part, state]));
}

/** Only parts that have changed; null: it is gone. */
export async function writeState(tx: EntityManager, organizationId: string, changed: Snapshot): Promise<void> {
  const kept = [...changed].flatMap(([part, state]) => (state === null ? [] : [{ part, state }]));
  const gone = [...changed].flatMap(([part, state]) => (state === null ? [part] : []));
  if (kept.length > 0)
    await tx.query(
      `insert into detection_state (organization_id, part, state) select $1, part, state from unnest($2::text[], $3::text[]) s (part, state)
       on conflict (organization_id, part) do update set state = excluded.state`,
      [organizationId, kept.map(({ part }) => part), kept.map(({ state }) => state)],
    );
  if (gone.length > 0) await tx.query('delete from detection_state where organization_id = $1 and part = any($2)', [organizationId, gone]);
}

export type Step = { through: number; until: Date; profileId: string };

export const recordSteps = (tx: EntityManager, organizationId: string, steps: readonly Step[]) =>
  tx.query(
    `insert into detection_step (organization_id, through_sequence, until, profile_id)
     select $1, through, until, profile from unnest($2::bigint[], $3::timestamptz[], $4::uuid[]) s (through, until, profile)`,
    [organizationId, steps.map(({ through }) => through), steps.map(({ until }) => until), steps.map(({ profileId }) => profileId)],
  );

/** In the order in which they were taken. */
export async function readSteps(tx: EntityManager, organizationId: string): Promise<Step[]> {
  const rows = await tx.query<{ through_sequence: string; until: Date; profile_id: string }[]>(
    'select through_sequence, until, profile_id from detection_step where organization_id = $1 order by through_sequence, until',
    [organizationId],
  );
  return rows.map((row) => ({ through: Number(row.through_sequence), until: row.until, profileId: row.profile_id }));
}

export async function readProfile(tx: EntityManager, organizationId: string, id: string): Promise<unknown> {
  const [row] = await tx.query<{ document: unknown }[]>('select document from detection_profile where organization_id = $1 and id = $2', [
    organizationId,
    id,
  ]);
  return row?.document ?? null;
}

export async function keepProfile(tx: EntityManager, organizationId: string, document: unknown, since: Date): Promise<string> {
  const id = newId();
  await tx.query('insert into detection_profile (organization_id, id, document, since) values ($1, $2, $3, $4)', [
    organizationId,
    id,
    JSON.stringify(document),
    since,
  ]);
  return id;
}
