/** What a week was like, from what is kept of it. A finding is of the week in which it began. */
import { readStats } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { logViewOf, withoutAnonymous, type LogView } from '../audit-logs';
import { findingColumns, namesOfSubjects, strangers, toFindingView, type FindingRow } from '../detections';
import { typeId } from '../platform/ids';
import { dateOf, isNearlyWhole, WEEK_MS, type Week } from './week';
import type { WeeklyDigest, WeeklyFinding, WeeklyIncident } from './weekly-reviews.dto';

const MOST = 50;
const MOST_CHANGES = 20;
const MOST_ROWS = 500_000;

type Of = { organizationId: string; week: Week; now: Date };

/** All but the keys' hygiene, which has a service of its own. */
export async function weekOf(tx: EntityManager, of: Of): Promise<Omit<WeeklyDigest, 'hygiene' | 'attention'>> {
  const view = await logViewOf(tx, of, of.now);
  const { from, to } = shownOf(of.week, view);
  return {
    period: from < to ? { from: from.toISOString(), to: to.toISOString() } : null,
    traffic: await trafficOf(tx, of, { from, to }, view),
    trafficBefore: isNearlyWhole({ from, to }) ? await trafficBefore(tx, of, view) : null,
    ...(await changesOf(tx, of)),
    findings: await findingsOf(tx, of, view),
    incidents: await incidentsOf(tx, of),
  };
}

/** What the plan still shows of it. */
const shownOf = ({ from, to }: Week, view: LogView): Week => ({ from: view.from(from), to });

async function trafficOf(tx: EntityManager, { organizationId }: Of, { from, to }: Week, view: LogView): Promise<WeeklyDigest['traffic']> {
  if (from >= to) return { requests: 0, clientErrors: 0, serverErrors: 0 };
  const all = { conditions: [], minDurationMs: null, maxDurationMs: null };
  const { lines } = await readStats(tx, {
    ...{ organizationId, from, to, groupBy: 'statusClass', intervalMinutes: null },
    filter: view.reservesAnonymous ? withoutAnonymous(all) : all,
    ...{ mostGroups: MOST, mostLines: MOST, mostRows: MOST_ROWS },
  });
  const sum = (field: 'requests' | 'clientErrors' | 'serverErrors'): number => lines.reduce((total, line) => total + line[field], 0);
  return { requests: sum('requests'), clientErrors: sum('clientErrors'), serverErrors: sum('serverErrors') };
}

/** Of the log, or as the review of that week has it when the log does not reach so far. Null: nobody knows. */
async function trafficBefore(tx: EntityManager, of: Of, view: LogView): Promise<WeeklyDigest['trafficBefore']> {
  const before = { from: new Date(of.week.from.getTime() - WEEK_MS), to: of.week.from };
  if (before.from >= view.begins) return trafficOf(tx, of, before, view);
  const [kept] = await tx.query<{ made_at: Date; digest: Partial<WeeklyDigest> }[]>(
    'select made_at, digest from weekly_review where organization_id = $1 and week = $2',
    [of.organizationId, dateOf(before.from)],
  );
  // Reviews of before 0039 do not say what they cover; those that were made in time had nearly all of it.
  const { period, traffic } = kept?.digest ?? {};
  const covered = period ?? (period === undefined && kept ? { from: new Date(kept.made_at.getTime() - WEEK_MS), to: before.to } : null);
  return traffic && covered && isNearlyWhole({ from: new Date(covered.from), to: new Date(covered.to) }) ? traffic : null;
}

/** What comes by itself, and who signed in, is no change. */
async function changesOf(tx: EntityManager, { organizationId, week }: Of): Promise<Pick<WeeklyDigest, 'changes' | 'changesMore'>> {
  const all = await tx.query<WeeklyDigest['changes']>(
    `select action, count(*)::int as count from activity where organization_id = $1 and occurred_at >= $2 and occurred_at < $3
       and actor_type <> 'system' and action not like 'session.%'
     group by action order by count desc, action`,
    [organizationId, week.from, week.to],
  );
  return { changes: all.slice(0, MOST_CHANGES), changesMore: all.slice(MOST_CHANGES).reduce((sum, { count }) => sum + count, 0) };
}

type Counts = { opened: number; before: number; open: number; grave: number; hidden: number };

/** What not every reader of the review may see is in no list and no number but the one that says so. */
async function findingsOf(tx: EntityManager, { organizationId, week }: Of, view: LogView): Promise<WeeklyDigest['findings']> {
  const hidden = view.reservesAnonymous ? strangers : [];
  const list = async (which: string): Promise<WeeklyFinding[]> => {
    const rows = await tx.query<FindingRow[]>(
      `select ${findingColumns} from finding where organization_id = $1 and subject_kind <> all($4::text[]) and $2::timestamptz < $3 and ${which}
       order by array_position(array['critical', 'high', 'medium', 'low'], severity), began_at, id limit ${MOST}`,
      [organizationId, week.from, week.to, hidden],
    );
    const names = await namesOfSubjects(tx, { organizationId }, rows);
    return rows.map((row) => {
      const { id, title, subject, severity, state, openedAt } = toFindingView(row, { organizationId, names });
      return { id, title, subject: subject.name, severity, state, openedAt };
    });
  };
  const [counts] = await tx.query<[Counts]>(
    `select count(*) filter (where seen and of_week)::int as opened, count(*) filter (where seen and began_at >= $4 and began_at < $2)::int as before,
       count(*) filter (where seen and state = 'open')::int as open,
       count(*) filter (where seen and state = 'open' and severity in ('high', 'critical'))::int as grave,
       count(*) filter (where not seen and (of_week or state = 'open'))::int as hidden
     from (select state, severity, began_at, subject_kind <> all($5::text[]) as seen, began_at >= $2 and began_at < $3 as of_week from finding
       where organization_id = $1 and (state = 'open' or began_at >= $4)) f`,
    [organizationId, week.from, week.to, new Date(week.from.getTime() - WEEK_MS), hidden],
  );
  const [ofWeek, open] = [await list('began_at >= $2 and began_at < $3'), await list(`state = 'open'`)];
  return {
    ...{ opened: counts.opened, openedBefore: counts.before, open: counts.open, openGrave: counts.grave, leftOut: counts.hidden },
    ...{ list: ofWeek, more: counts.opened - ofWeek.length, openList: open, openMore: counts.open - open.length },
  };
}

async function incidentsOf(tx: EntityManager, { organizationId, week }: Of): Promise<WeeklyDigest['incidents']> {
  const [counts] = await tx.query<[{ opened: number; closed: number; open: number }]>(
    `select count(*) filter (where opened_at >= $2 and opened_at < $3)::int as opened,
       count(*) filter (where closed_at >= $2 and closed_at < $3)::int as closed, count(*) filter (where closed_at is null)::int as open
     from incident where organization_id = $1 and not drill`,
    [organizationId, week.from, week.to],
  );
  const open = await tx.query<Pick<WeeklyIncident, keyof WeeklyIncident>[]>(
    `select id, number, title, severity from incident where organization_id = $1 and not drill and closed_at is null order by number limit ${MOST}`,
    [organizationId],
  );
  const { opened, closed } = counts;
  return { opened, closed, open: open.map((one) => ({ ...one, id: typeId('inc', one.id) })), openMore: counts.open - open.length };
}
