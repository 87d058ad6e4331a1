import Clock from '@mui/icons-material/ScheduleRounded';
import Expand from '@mui/icons-material/ExpandMoreRounded';
import Button from '@mui/material/Button';
import Divider from '@mui/material/Divider';
import MenuItem from '@mui/material/MenuItem';
import MenuList from '@mui/material/MenuList';
import Popover from '@mui/material/Popover';
import TextField from '@mui/material/TextField';
import { styled } from '@mui/material/styles';
import { memo, useState, type SubmitEvent } from 'react';
import { browserZone, readWallField, useTimeZone, wallField } from '../elements/time-zone';
import { exactTime } from '../elements/times';
import { presets, type LogQuery, type Preset } from './log-query';

const Custom = styled('form')({ display: 'grid', gap: 14, padding: '14px 12px 12px', '& small': { fontSize: 12 } });

type Range = Pick<LogQuery, 'preset' | 'from' | 'to'>;

function rangeLabel({ preset, from, to }: Range): string {
  if (from !== null && to !== null) return `${exactTime(from)} to ${exactTime(to)}`;
  if (from !== null) return `Since ${exactTime(from)}`;
  if (to !== null) return `Before ${exactTime(to)}`;
  return presets[preset];
}

type Props<Query extends Range> = { query: Query; setQuery: (next: Query) => void };

/** What the button opens; nothing of it is made before. */
function Ranges<Query extends Range>({ query, setQuery, onClose }: Props<Query> & { onClose: () => void }) {
  const [zone] = useTimeZone();
  const choose = (preset: Preset): void => {
    onClose();
    setQuery({ ...query, preset, from: null, to: null });
  };
  const custom = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    onClose();
    setQuery({ ...query, from: readWallField(values.get('from')), to: readWallField(values.get('to')) });
  };
  const isCustom = query.from !== null || query.to !== null;
  return (
    <>
      <MenuList dense autoFocusItem style={{ padding: 4 }}>
        {(Object.keys(presets) as Preset[]).map((preset) => (
          <MenuItem key={preset} selected={!isCustom && query.preset === preset} onClick={() => choose(preset)}>
            {presets[preset]}
          </MenuItem>
        ))}
      </MenuList>
      <Divider />
      <Custom onSubmit={custom}>
        <TextField
          name="from"
          type="datetime-local"
          label="From"
          defaultValue={wallField(query.from)}
          slotProps={{ inputLabel: { shrink: true }, htmlInput: { step: 1 } }}
        />
        <TextField
          name="to"
          type="datetime-local"
          label="To, not included"
          defaultValue={wallField(query.to)}
          slotProps={{ inputLabel: { shrink: true }, htmlInput: { step: 1 } }}
        />
        <small>Times of {zone ?? browserZone()}</small>
        <Button type="submit" variant="outlined">
          Use these times
        </Button>
      </Custom>
    </>
  );
}

function AnyTimeRange<Query extends Range>({ query, setQuery }: Props<Query>) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  useTimeZone(); // the label tells times
  const close = (): void => setAnchor(null);
  return (
    <>
      <Button
        variant="outlined"
        style={{ height: 34 }}
        startIcon={<Clock />}
        endIcon={<Expand />}
        aria-haspopup="dialog"
        aria-label={`Time range: ${rangeLabel(query)}`}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <span style={{ overflow: 'hidden', textOverflow: 'ellipsis' }}>{rangeLabel(query)}</span>
      </Button>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={close}
        anchorOrigin={{ horizontal: 'left', vertical: 'bottom' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': 'Time range', style: { width: 264, marginTop: 4 } } }}
      >
        <Ranges query={query} setQuery={setQuery} onClose={close} />
      </Popover>
    </>
  );
}

export const TimeRange = memo(AnyTimeRange) as typeof AnyTimeRange;
