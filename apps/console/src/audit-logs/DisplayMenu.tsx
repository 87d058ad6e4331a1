import Down from '@mui/icons-material/KeyboardArrowDownRounded';
import Up from '@mui/icons-material/KeyboardArrowUpRounded';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import Popover from '@mui/material/Popover';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { logListColumns, type LogListColumn } from '@pinebill/contract';
import { Choice, Choices } from '../elements/Choices';
import { allZones, browserZone, useTimeZone } from '../elements/time-zone';
import { listColumns } from './list-columns';
import type { Look, LookActions } from './use-look';

const Body = styled('div')(({ theme }) => ({
  width: 300,
  padding: 14,
  fontSize: 13,
  '& h3': { margin: '0 0 4px', fontSize: 13, fontWeight: 600 },
  '& ul': { listStyle: 'none', margin: '0 0 6px', padding: 0 },
  '& li': { display: 'flex', alignItems: 'center', minHeight: 30 },
  '& li > label': { flex: 1, margin: 0 },
  '& p': { margin: '6px 0 0', fontSize: 12, color: theme.palette.tone.muted },
}));
const BROWSER = '';

/** The ones in the list first, in their order; they can be moved. */
function Columns({ columns, setColumns }: Pick<Look & LookActions, 'columns' | 'setColumns'>) {
  const others = logListColumns.filter((name) => !columns.includes(name));
  const toggle = (name: LogListColumn): void =>
    setColumns(columns.includes(name) ? columns.filter((one) => one !== name) : [...columns, name]);
  const move = (name: LogListColumn, by: 1 | -1): void => {
    const at = columns.indexOf(name);
    const rest = columns.filter((one) => one !== name);
    setColumns([...rest.slice(0, at + by), name, ...rest.slice(at + by)]);
  };
  return (
    <ul aria-label="Columns">
      {[...columns, ...others].map((name) => {
        const { label } = listColumns[name];
        const at = columns.indexOf(name);
        return (
          <li key={name}>
            <FormControlLabel
              control={
                <Checkbox
                  size="small"
                  checked={at >= 0}
                  // A list has at least one.
                  disabled={at >= 0 && columns.length === 1}
                  onChange={() => toggle(name)}
                />
              }
              label={label}
              slotProps={{ typography: { variant: 'body2' } }}
            />
            {at >= 0 && (
              <>
                <IconButton size="small" aria-label={`Move ${label} to the left`} disabled={at === 0} onClick={() => move(name, -1)}>
                  <Up />
                </IconButton>
                <IconButton
                  size="small"
                  aria-label={`Move ${label} to the right`}
                  disabled={at === columns.length - 1}
                  onClick={() => move(name, 1)}
                >
                  <Down />
                </IconButton>
              </>
            )}
          </li>
        );
      })}
    </ul>
  );
}

type Props = { anchor: HTMLElement; onClose: () => void; look: Look & LookActions };

export function DisplayMenu({ anchor, onClose, look }: Props) {
  const [zone, chooseZone] = useTimeZone();
  // What was chosen may have another name here: zones have several.
  const zones = [...new Set([...(zone === null ? [] : [zone]), ...allZones()])];
  return (
    <Popover
      open
      anchorEl={anchor}
      onClose={onClose}
      anchorOrigin={{ horizontal: 'right', vertical: 'bottom' }}
      transformOrigin={{ horizontal: 'right', vertical: 'top' }}
      slotProps={{ paper: { role: 'dialog', 'aria-label': 'Columns, density, time zone', style: { marginTop: 4 } } }}
    >
      <Body>
        <h3>Density</h3>
        <Choices label="Density">
          <Choice chosen={look.density === 'comfortable'} onClick={() => look.setDensity('comfortable')}>
            Comfortable
          </Choice>
          <Choice chosen={look.density === 'compact'} onClick={() => look.setDensity('compact')}>
            Compact
          </Choice>
        </Choices>
        <TextField
          select
          fullWidth
          label="Time zone"
          value={zone ?? BROWSER}
          onChange={({ target }) => chooseZone(target.value === BROWSER ? null : target.value)}
          slotProps={{ select: { native: true }, inputLabel: { shrink: true } }}
          style={{ margin: '6px 0 14px' }}
        >
          <option value={BROWSER}>This browser’s: {browserZone()}</option>
          {zones.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </TextField>
        <h3>Columns</h3>
        <Columns columns={look.columns} setColumns={look.setColumns} />
        <Button onClick={() => look.setColumns(null)}>The usual columns</Button>
        <p>Kept in this browser, for you. To have it everywhere, save it as a view.</p>
      </Body>
    </Popover>
  );
}
