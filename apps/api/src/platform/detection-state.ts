/** How far detection has come, over all organizations, and what an operator should know of it. The work is in detections/, seen here by what is in the database. */
import type { Warning } from './warnings';

export type DetectionFigures = {
  /** Organizations of which something is waiting to be looked at. */
  behind: number;
  /** Numbers of the log that wait, of all of them. */
  waiting: number;
  /** When the oldest record was made that waits. */
  oldestWaitingAt: string | null;
  /** Organizations whose log cannot be looked at. */
  failing: number;
  lastFailedAt: string | null;
  lastError: string | null;
};

type Row = {
  behind: string;
  waiting: string;
  oldest_waiting_at: Date | null;
  failing: string;
  last_failed_at: Date | null;
  last_error: string | null;
};

export async function readDetectionFigures(db: { query(sql: string): Promise<unknown> }): Promise<DetectionFigures | null> {
  const [row] = (await db.query('select * from detection_figures()')) as Row[];
  return row
    ? {
        behind: Number(row.behind),
        waiting: Number(row.waiting),
        oldestWaitingAt: row.oldest_waiting_at?.toISOString() ?? null,
        failing: Number(row.failing),
        lastFailedAt: row.last_failed_at?.toISOString() ?? null,
        lastError: row.last_error,
      }
    : null;
}

const LATE_MS = 5 * 60_000;

/** Age of the oldest record that waits; 0: none does. */
export const detectionLagSeconds = ({ oldestWaitingAt }: DetectionFigures, now: Date): number =>
  oldestWaitingAt === null ? 0 : Math.max(0, Math.round((now.getTime() - Date.parse(oldestWaitingAt)) / 1_000));

/** After an import, and of a log that was there before the first start, the oldest record that waits is old at once: behind is who stays so. */
export class Lateness {
  private since: Date | null = null;

  /** Asked at each look. What is not known now is as it was. */
  isLate(database: { detection: DetectionFigures | null } | null, now: Date): boolean {
    const figures = database?.detection ?? null;
    if (figures !== null) this.since = detectionLagSeconds(figures, now) * 1_000 > LATE_MS ? (this.since ?? now) : null;
    return this.since !== null && now.getTime() - this.since.getTime() > LATE_MS;
  }
}

export function detectionWarnings(figures: DetectionFigures, { isLate, now }: { isLate: boolean; now: Date }): Warning[] {
  const { behind, waiting, failing, lastError } = figures;
  const of = (count: number): string => (count === 1 ? '1 organization' : `${count.toLocaleString('en-US')} organizations`);
  const warnings: Warning[] = [];
  if (failing > 0)
    warnings.push({
      code: 'detection_failing',
      severity: 'warning',
      message: `Detection cannot look at the log of ${of(failing)}: nothing is found there, and no alert is opened. The last time: ${lastError ?? 'nobody knows why.'}`,
      action: 'Look for errors of Detection in the log. It is tried again by itself, every five minutes at the latest.',
    });
  if (isLate)
    warnings.push({
      code: 'detection_behind',
      severity: 'warning',
      message: `Detection is behind: ${waiting.toLocaleString('en-US')} requests of ${of(behind)} are not looked at yet, the oldest is of ${Math.round(detectionLagSeconds(figures, now) / 60)} minutes ago.`,
      action:
        'After an import or a long stop it catches up by itself. Otherwise see that a process runs without PINEBILL_DETECTION=0, and look for errors of Detection in the log.',
    });
  return warnings;
}
