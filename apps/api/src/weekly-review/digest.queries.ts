/** What a week was like, from what is kept of it. A finding is of the week in which it began. */
import { readStats } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { logViewOf, withoutAnonymous, type LogView } from '../audit-logs';
import { findingColumns, isAboutStranger, namesOfSubjects, toFindingView, type FindingRow } from '../detections';
import { typeId } from '../platform/ids';
import { WEEK_MS, type Week } from './week';
import type { WeeklyDigest, WeeklyIncident } from './weekly-reviews.dto';

const MOST = 50;
const MOST_CHANGES = 20;
const MOST_ROWS = 500_000;

type Of = { organizationId: string; week: Week; now: Date };

/** All but the keys' hygiene, which has a service of its own. */
export async function weekOf(tx: EntityManager, of: Of): Promise<Omit<WeeklyDigest, 'hygiene' | 'attention'>> {
  const view = await logViewOf(tx, of, of.now);
  const before = { from: new Date(of.week.from.getTime() - WEEK_MS), to: of.week.from };
  return {
    traffic: await trafficOf(tx, of, of.week, view),
    trafficBefore: before.from < view.begins ? null : await trafficOf(tx, of, before, view),
    changes: await changesOf(tx, of),
    findings: await findingsOf(tx, of, view),
    incidents: await incidentsOf(tx, of),
  };
}

async function trafficOf(tx: EntityManager, { organizationId }: Of, { from, to }: Week, view: LogView): Promise<WeeklyDigest['traffic']> {
  const all = { conditions: [], minDurationMs: null, maxDurationMs: null };
  const { lines } = await readStats(tx, {
    ...{ organizationId, from, to, groupBy: 'statusClass', intervalMinutes: null },
    filter: view.reservesAnonymous ? withoutAnonymous(all) : all,
    ...{ mostGroups: MOST, mostLines: MOST, mostRows: MOST_ROWS },
  });
  const sum = (field: 'requests' | 'clientErrors' | 'serverErrors'): number => lines.reduce((total, line) => total + line[field], 0);
  return { requests: sum('requests'), clientErrors: sum('clientErrors'), serverErrors: sum('serverErrors') };
}

/** What comes by itself, and who signed in, is no change. */
async function changesOf(tx: EntityManager, { organizationId, week }: Of): Promise<WeeklyDigest['changes']> {
  return tx.query<WeeklyDigest['changes']>(
    `select action, count(*)::int as count from activity where organization_id = $1 and occurred_at >= $2 and occurred_at < $3
       and actor_type <> 'system' and action not like 'session.%'
     group by action order by count desc, action limit ${MOST_CHANGES}`,
    [organizationId, week.from, week.to],
  );
}

async function findingsOf(tx: EntityManager, { organizationId, week }: Of, view: LogView): Promise<WeeklyDigest['findings']> {
  const rows = await tx.query<FindingRow[]>(
    `select ${findingColumns} from finding where organization_id = $1 and began_at >= $2 and began_at < $3
     order by array_position(array['critical', 'high', 'medium', 'low'], severity), began_at, id`,
    [organizationId, week.from, week.to],
  );
  const [counts] = await tx.query<{ before: number; open: number; grave: number }[]>(
    `select count(*) filter (where began_at >= $2 and began_at < $3)::int as before, count(*) filter (where state = 'open')::int as open,
       count(*) filter (where state = 'open' and severity in ('high', 'critical'))::int as grave
     from finding where organization_id = $1 and (state = 'open' or began_at >= $2)`,
    [organizationId, new Date(week.from.getTime() - WEEK_MS), week.from],
  );
  const shown = rows.filter((row) => !view.reservesAnonymous || !isAboutStranger(row)).slice(0, MOST);
  const names = await namesOfSubjects(tx, { organizationId }, shown);
  return {
    ...{ opened: rows.length, openedBefore: counts?.before ?? 0, open: counts?.open ?? 0, openGrave: counts?.grave ?? 0, leftOut: view.reservesAnonymous ? rows.filter(isAboutStranger).length : 0 }, // prettier-ignore
    list: shown.map((row) => {
      const { id, title, subject, severity, state, openedAt } = toFindingView(row, { organizationId, names });
      return { id, title, subject: subject.name, severity, state, openedAt };
    }),
  };
}

async function incidentsOf(tx: EntityManager, { organizationId, week }: Of): Promise<WeeklyDigest['incidents']> {
  const [counts] = await tx.query<{ opened: number; closed: number }[]>(
    `select count(*) filter (where opened_at >= $2 and opened_at < $3)::int as opened,
       count(*) filter (where closed_at >= $2 and closed_at < $3)::int as closed from incident where organization_id = $1 and not drill`,
    [organizationId, week.from, week.to],
  );
  const open = await tx.query<Pick<WeeklyIncident, keyof WeeklyIncident>[]>(
    `select id, number, title, severity from incident where organization_id = $1 and not drill and closed_at is null order by number limit ${MOST}`,
    [organizationId],
  );
  return { opened: counts?.opened ?? 0, closed: counts?.closed ?? 0, open: open.map((one) => ({ ...one, id: typeId('inc', one.id) })) };
}
