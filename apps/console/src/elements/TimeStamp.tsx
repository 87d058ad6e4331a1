import { Hint } from './Hint';
import { useTimeZone } from './time-zone';
import { exactTime, relativeTime, utcTime } from './times';

type Props = { at: string | null | undefined; relative?: boolean; missing?: string };

/** In the zone that the reader has chosen; UTC on hover, because the other end of a support ticket is somewhere else. */
export function TimeStamp({ at, relative = false, missing = '–' }: Props) {
  const [zone] = useTimeZone();
  if (!at) return <span>{missing}</span>;
  const hover = relative ? `${exactTime(at, zone ?? undefined)} · ${utcTime(at)}` : utcTime(at);
  return (
    <Hint title={hover}>
      <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
        {relative ? relativeTime(at) : exactTime(at, zone ?? undefined)}
      </time>
    </Hint>
  );
}
