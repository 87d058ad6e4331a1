/** Stores what the engine says: the same subject and episode is the same row, however often it is told and whoever tells it again after a restart. */
import { Injectable, Logger } from '@nestjs/common';
import { FINDING_OPEN_DAYS } from '@pinebill/contract';
import type { Finding } from '@pinebill/detection';
import type { EntityManager } from 'typeorm';
import { newId, parseId, typeId } from '../platform/ids';
import { isAwayForAll } from '../platform/problem';
import { FindingListeners, type FindingChange } from './finding-listener';
import { findingColumns, type FindingRow } from './findings.queries';

const DAY_MS = 86_400_000;
const MOST_SAMPLES = 5;
/** With one step. */
const MOST_TOLD_AGAIN = 20;
/** For a row that somebody works on, before it is told later. The whole step waits meanwhile. */
const LOCK_MS = 2_000;

/** The row as it is now; `opened`: it was not there, or had been over. Null: nothing about it is new. */
type Stored = FindingRow & { opened: boolean };

@Injectable()
export class FindingKeeper {
  private readonly logger = new Logger('Detection');

  constructor(private readonly listeners: FindingListeners) {}

  /**
   * In the transaction of the step that found them. Of a finding that was told several times the last counts, for it says all that the others said. False: somebody
   * is still to be told.
   */
  async keep(tx: EntityManager, organizationId: string, told: readonly Finding[], now: Date): Promise<boolean> {
    let areTold = true;
    const last = new Map(told.map((finding) => [keyOf(finding), finding]));
    for (const finding of last.values()) {
      const stored = await store(tx, organizationId, finding, now);
      // What a person has called normal is counted on, and troubles nobody.
      if (stored?.state === 'open')
        areTold = (await this.tell(tx, organizationId, stored, stored.opened ? 'opened' : 'updated')) && areTold;
    }
    return areTold;
  }

  /** What somebody could not be told of. False: not of all of it yet. */
  async tellAgain(tx: EntityManager, organizationId: string): Promise<boolean> {
    const rows = await tx.query<(FindingRow & { untold: FindingChange })[]>(
      `select ${findingColumns}, untold from finding where organization_id = $1 and untold is not null order by opened_at, id limit ${MOST_TOLD_AGAIN}`,
      [organizationId],
    );
    let areTold = rows.length < MOST_TOLD_AGAIN;
    for (const { untold, ...row } of rows) {
      await tx.query('update finding set untold = null where organization_id = $1 and id = $2', [organizationId, row.id]);
      if (row.state === 'open') areTold = (await this.tell(tx, organizationId, row, untold)) && areTold;
    }
    return areTold;
  }

  /** A fault of whoever listens undoes what it did, and nothing else: the finding is there, and it is told again with a later step. */
  private async tell(tx: EntityManager, organizationId: string, row: FindingRow, change: FindingChange): Promise<boolean> {
    try {
      await tx.transaction(async (inner) => {
        await inner.query(`set local lock_timeout = ${LOCK_MS}`);
        await this.listeners.tell(inner, organizationId, row, change);
      });
      return true;
    } catch (error) {
      if (isAwayForAll(error)) throw error;
      this.logger.error(
        `A finding is stored, and could not be told of; it is tried again: ${typeId('fnd', row.id)}`,
        error instanceof Error ? error.stack : String(error),
      );
      // What opens is news also when it has grown meanwhile.
      await tx.query(
        `update finding set untold = case when untold = 'opened' then untold else $3 end where organization_id = $1 and id = $2`,
        [organizationId, row.id, change],
      );
      return false;
    }
  }
}

const keyOf = ({ detector, subject, episode }: Finding): string => JSON.stringify([detector, subject.kind, subject.id, episode]);

async function store(tx: EntityManager, organizationId: string, finding: Finding, now: Date): Promise<Stored | null> {
  const { detector, subject, episode, severity, count, seen, normal, threshold, lesson, filter } = finding;
  const over = new Date(now.getTime() - FINDING_OPEN_DAYS * DAY_MS);
  const samples = finding.samples.filter((id) => parseable(id)).slice(0, MOST_SAMPLES);
  const [row] = await tx.query<Stored[]>(
    `with before as (
       select state from finding where organization_id = $1 and detector = $3 and subject_kind = $4 and subject_ref = $5 and episode = $6
     )
     insert into finding as f (organization_id, id, detector, subject_kind, subject_ref, episode, severity, state, opened_at, began_at, ended_at, last_seen_at,
       count, facts, filter, samples)
     values ($1, $2, $3, $4, $5, $6, $7, case when $10::timestamptz < $14 then 'closed' else 'open' end, $8, $9, $10, $10, $11, $12, $13, $15)
     on conflict on constraint finding_episode do update set severity = excluded.severity, began_at = least(f.began_at, excluded.began_at),
       ended_at = greatest(f.ended_at, excluded.ended_at), last_seen_at = greatest(f.last_seen_at, excluded.last_seen_at),
       count = greatest(f.count, excluded.count), facts = excluded.facts, filter = excluded.filter, samples = excluded.samples,
       state = case when f.state = 'closed' then excluded.state else f.state end
     where (f.severity, f.ended_at, f.count, f.facts, f.filter, f.samples)
       is distinct from (excluded.severity, excluded.ended_at, excluded.count, excluded.facts, excluded.filter, excluded.samples)
     returning ${findingColumns}, coalesce((select b.state from before b), 'closed') = 'closed' as opened`,
    [
      ...[organizationId, newId(), detector, subject.kind, subject.id, episode, severity],
      ...[
        now,
        new Date(finding.from),
        new Date(finding.to),
        count,
        JSON.stringify({ seen, normal, threshold, lesson }),
        JSON.stringify(filter),
      ],
      ...[over, samples],
    ],
  );
  return row ?? null;
}

/** The id of a record; the engine takes any text for one. */
const parseable = (id: string): boolean => parseId('log', id) === null && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id);
