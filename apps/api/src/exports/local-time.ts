/** Times as files show them: RFC 3339 with milliseconds, in UTC or in a time zone of the reader's choice, then with its offset from UTC. */
export type TimeText = (at: string) => string;

const QUARTER_MS = 900_000;

/** Names of the IANA database; `UTC`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z][\w+/-]*$/.test(name);
  } catch {
    return false;
  }
}

/** Takes what Date.toISOString makes. */
export function timeText(timeZone: string): TimeText {
  if (timeZone === 'UTC') return (at) => at;
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  // Offsets change on the quarter of an hour; nearly all rows share one with the row before.
  let known = { quarter: NaN, minutes: 0 };
  const offsetAt = (at: number): number => {
    const quarter = Math.floor(at / QUARTER_MS);
    if (quarter !== known.quarter) known = { quarter, minutes: offsetMinutes(format, at) };
    return known.minutes;
  };
  return (text) => {
    const at = Date.parse(text);
    const minutes = offsetAt(at);
    return new Date(at + minutes * 60_000).toISOString().slice(0, -1) + offsetText(minutes);
  };
}

function offsetMinutes(format: Intl.DateTimeFormat, at: number): number {
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  // Seconds occur in local mean times before 1972: RFC 3339 has none.
  const [, sign, hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d\d):(\d\d)(?::\d\d)?)?$/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
