/** The buttons of the list, and how much it shows. */
import Download from '@mui/icons-material/DownloadRounded';
import Help from '@mui/icons-material/HelpOutlineRounded';
import Refresh from '@mui/icons-material/RefreshRounded';
import Select from '@mui/icons-material/ChecklistRounded';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import { styled } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import { memo } from 'react';
import { countText } from '../elements/figures';
import type { FollowState } from '../log-stream';
import type { useLogList } from './use-log-list';
import type { RowSelection } from './use-selection';

const Count = styled('span')(({ theme }) => ({ marginLeft: 'auto', fontSize: 12, color: theme.palette.tone.muted }));
const LiveDot = styled('i', { shouldForwardProp: (name) => name !== 'on' })<{ on: boolean }>(({ theme, on }) => ({
  width: 8,
  height: 8,
  borderRadius: '50%',
  background: on ? theme.palette.tone.accent : 'transparent',
  boxShadow: `inset 0 0 0 1.5px ${on ? theme.palette.tone.accent : theme.palette.tone.muted}`,
}));

type LiveProps = { live: boolean; possible: boolean; paused: boolean; waiting: number; following: FollowState; onToggle: () => void };

function liveMeaning({ live, possible, paused, following }: Omit<LiveProps, 'onToggle'>): string {
  if (!possible) return 'Live works on the newest requests: sort newest first, without an end time';
  if (!live) return 'Show new requests as they come';
  if (paused) return 'Paused while a request is open, so that no row moves: close it, and what came meanwhile appears. Click to stop.';
  if (following === 'refused') return 'The log cannot be followed at the moment: new requests appear every 5 seconds. Click to stop.';
  return 'New requests appear as they come. Click to stop.';
}

export const LiveButton = memo(function LiveButton({ onToggle, ...state }: LiveProps) {
  const { live, possible, paused, waiting } = state;
  const why = liveMeaning(state);
  return (
    <Tooltip title={why}>
      <span>
        <Button
          variant="outlined"
          style={{ height: 34 }}
          aria-pressed={live && possible}
          disabled={!possible}
          startIcon={<LiveDot on={live && possible && !paused} />}
          onClick={onToggle}
        >
          {live && paused && waiting > 0 ? `Live · ${countText(waiting)} new` : 'Live'}
        </Button>
      </span>
    </Tooltip>
  );
});

export const SelectButton = memo(function SelectButton({ selection: { ids, begin, clear } }: { selection: RowSelection }) {
  return (
    <Tooltip title={ids ? 'Select nothing' : 'Select requests'}>
      <IconButton size="small" aria-label="Select requests" aria-pressed={ids !== null} onClick={ids ? clear : begin}>
        <Select />
      </IconButton>
    </Tooltip>
  );
});

/** How much is in view; the API says whether there is more, not how much. */
export function Shown({ list }: { list: ReturnType<typeof useLogList> }) {
  return (
    <Count role="status">
      {list.isPending || list.error ? '' : `${countText(list.rows.length)} shown${list.hasNextPage ? ', more below' : ''}`}
    </Count>
  );
}

/** On a phone the sign alone, beside the heading. */
const SmallOnPhone = styled(Button)({
  '@media (max-width: 640px)': {
    width: 40,
    padding: 0,
    '& > span:last-of-type': { display: 'none' },
    '& .MuiButton-startIcon': { margin: 0 },
  },
});

export const HelpButton = memo(function HelpButton({ onClick }: { onClick: () => void }) {
  return (
    <SmallOnPhone variant="outlined" startIcon={<Help />} aria-label="About API logs" onClick={onClick}>
      <span>About API logs</span>
    </SmallOnPhone>
  );
});

export const ExportButton = memo(function ExportButton({ onClick }: { onClick: () => void }) {
  return (
    <Button variant="outlined" style={{ height: 34 }} startIcon={<Download />} onClick={onClick}>
      Export
    </Button>
  );
});

export const ReloadButton = memo(function ReloadButton({ onClick }: { onClick: () => void }) {
  return (
    <Tooltip title="Reload">
      <IconButton size="small" aria-label="Reload" onClick={onClick}>
        <Refresh />
      </IconButton>
    </Tooltip>
  );
});
