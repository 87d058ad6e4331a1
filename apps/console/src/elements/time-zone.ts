/** In which zone times are shown: the browser's unless the person has chosen UTC or another one. The list, rows, dialogs and inputs all follow. */
import { storedPreference, usePreference } from './preferences';

const NAME = 'time.zone';
/** Stored as nothing: a laptop that travels shows the time of where it is. */
export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Asked for every time that is shown, and slow to find out. */
const known = new Map<string, boolean>();
function isTimeZone(name: string): boolean {
  const found = known.get(name) ?? isFormatted(name);
  known.set(name, found);
  return found;
}
function isFormatted(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
const readZone = (stored: string | null): string | null => (stored !== null && isTimeZone(stored) ? stored : null);

/** Null: the browser's own. */
export const chosenZone = (): string | null => readZone(storedPreference(NAME));
export const useTimeZone = (): [zone: string | null, choose: (zone: string | null) => void] => usePreference(NAME, readZone);

/** What can be chosen, beside the browser's own. */
export const allZones = (): readonly string[] => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')];

const clocks = new Map<string, Intl.DateTimeFormat>();
function clockOf(zone: string): Intl.DateTimeFormat {
  const made =
    clocks.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  clocks.set(zone, made);
  return made;
}

/** What the clock on the wall says there, as if it were UTC, in milliseconds. */
function wall(at: number, zone: string): number {
  const parts = new Map(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const get = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second'));
}

/** For `<input type="datetime-local">`, which knows no zone. */
export const toWallText = (instant: string, zone = chosenZone() ?? browserZone()): string =>
  new Date(wall(Date.parse(instant), zone)).toISOString().slice(0, 19);

/** A time that a change of the clock leaves out is the one so much later; of one that comes twice the first is meant. */
export function fromWallText(text: string, zone = chosenZone() ?? browserZone()): string {
  const asked = Date.parse(`${text}Z`);
  const offset = (at: number): number => wall(at, zone) - Math.floor(at / 1_000) * 1_000;
  const candidates = [asked - offset(asked - 86_400_000), asked - offset(asked + 86_400_000)];
  const found = candidates.filter((at) => wall(at, zone) === asked);
  return new Date(Math.min(...(found.length > 0 ? found : [candidates[0] ?? asked]))).toISOString();
}

/** What an input shows of a time, and what is meant by what was typed there: in the zone that the reader has chosen. Null: nothing. */
export const wallField = (instant: string | null): string => (instant === null ? '' : toWallText(instant));
export function readWallField(typed: FormDataEntryValue | null, shown: string | null = null): string | null {
  if (typeof typed !== 'string' || typed === '') return null;
  const text = typed.length === 16 ? `${typed}:00` : typed;
  // An input holds seconds: what was not touched keeps its milliseconds.
  return text === wallField(shown) ? shown : fromWallText(text);
}
