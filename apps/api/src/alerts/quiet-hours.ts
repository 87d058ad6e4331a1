/** Quiet hours: when an alert opens in the inbox and nobody is told of it until they are over. By the wall clock of a zone. Pure. */
import { weekdays, type AlertSeverity, type QuietHours } from '@pinebill/contract';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

const clocks = new Map<string, Intl.DateTimeFormat>();
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  clocks.set(timeZone, made);
  return made;
}

export function isTimeZone(timeZone: string): boolean {
  try {
    clockOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

/** Weekday (Monday is 0) and minute of the day, as a clock on the wall there shows them. */
function wallClock(at: Date, timeZone: string): { weekday: number; minute: number } {
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const weekday = weekdays.findIndex((day) => day === parts.get('weekday')?.toLowerCase());
  return { weekday, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
}

const minuteOfDay = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/** Minutes until the quiet time that lasts now is over; null: it is not quiet. Also of the night that began yesterday. */
function left({ weekday, minute }: { weekday: number; minute: number }, hours: QuietHours): number | null {
  const [from, to] = [minuteOfDay(hours.from), minuteOfDay(hours.to)];
  const length = to > from ? to - from : to + DAY_MINUTES - from;
  for (const daysAgo of [0, 1]) {
    const begun = weekdays[(weekday - daysAgo + 7) % 7];
    const since = minute + daysAgo * DAY_MINUTES - from;
    if (begun !== undefined && hours.weekdays.includes(begun) && since >= 0 && since < length) return length - since;
  }
  return null;
}

/** When the quiet time that lasts at this moment is over; null: it is not quiet. To the minute. */
export function quietUntil(hours: QuietHours | null, severity: AlertSeverity, at: Date): Date | null {
  if (hours === null || (severity === 'critical' && hours.criticalPasses)) return null;
  let end: Date | null = null;
  // One quiet time may follow the other, and a clock that is set back makes one longer; a week of them is no hour for calls at all.
  for (let rounds = 0; rounds < 15; rounds++) {
    const moment: Date = end ?? at;
    const minutes = left(wallClock(moment, hours.timeZone), hours);
    if (minutes === null) break;
    end = new Date((Math.floor(moment.getTime() / MINUTE_MS) + minutes) * MINUTE_MS);
  }
  return end;
}
