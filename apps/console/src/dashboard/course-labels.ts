/** The times beside the bars: in the zone that the reader has chosen, but for days, which are UTC's: so the server counts. */
import type { Period } from './dashboard-range';

type Interval = Period['interval'];
const hours = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const days = { month: 'short', day: 'numeric' } as const;
const wholes: Record<Interval, Intl.DateTimeFormatOptions> = { minute: hours, hour: { ...days, ...hours }, day: days };

export function courseLabels(interval: Interval, { days: shown, zone }: { days: number; zone: string | null }) {
  const timeZone = interval === 'day' ? 'UTC' : (zone ?? undefined);
  const format = (parts: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-US', { ...parts, timeZone });
  const [whole, tick, hour] = [format(wholes[interval]), format(shown > 1 ? days : hours), format({ hour: '2-digit', hourCycle: 'h23' })];
  return {
    /** Where somebody points at. */
    whole: (at: Date): string => whole.format(at),
    /** At the axis, where there is little room. */
    tick: (at: Date): string => tick.format(at),
    /** Also where a zone is half an hour off: then at half past midnight. */
    beginsDay: (at: Date): boolean => Number(hour.format(at)) === 0,
  };
}
