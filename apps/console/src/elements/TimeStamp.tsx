import Tooltip from '@mui/material/Tooltip';
import { exactTime, relativeTime, utcTime } from './times';

type Props = { at: string | null | undefined; relative?: boolean; missing?: string };

/** The reader's own time; UTC on hover, because the other end of a support ticket is somewhere else. */
export function TimeStamp({ at, relative = false, missing = '–' }: Props) {
  if (!at) return <span>{missing}</span>;
  const hover = relative ? `${exactTime(at)} · ${utcTime(at)}` : utcTime(at);
  return (
    <Tooltip title={hover} describeChild>
      <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
        {relative ? relativeTime(at) : exactTime(at)}
      </time>
    </Tooltip>
  );
}
