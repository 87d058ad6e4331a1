/** Hours of the week: lines of days, and from when to when. */
import Button from '@mui/material/Button';
import FormHelperText from '@mui/material/FormHelperText';
import { styled } from '@mui/material/styles';
import type { NormalHours } from '@pinebill/contract';
import { dayNames } from './usage-form';

const Group = styled('fieldset')(({ theme }) => ({
  display: 'grid',
  gap: 8,
  justifyItems: 'start',
  margin: 0,
  padding: 0,
  border: 0,
  minWidth: 0,
  '& legend': { padding: 0, marginBottom: 6, fontSize: 12, lineHeight: '16px', color: theme.palette.tone.secondary },
}));
const Line = styled('div')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'center',
  gap: 6,
  fontSize: 13,
  '& select': {
    height: 30,
    padding: '0 6px',
    border: `1px solid ${theme.palette.tone.strongLine}`,
    borderRadius: 6,
    background: theme.palette.tone.page,
    color: theme.palette.tone.text,
    font: 'inherit',
  },
  '& button[aria-pressed]': {
    height: 30,
    padding: '0 8px',
    border: `1px solid ${theme.palette.tone.line}`,
    borderRadius: 6,
    background: 'none',
    color: theme.palette.tone.secondary,
    font: 'inherit',
    cursor: 'pointer',
  },
  '& button[aria-pressed="true"]': { background: theme.palette.tone.selected, color: theme.palette.tone.text, fontWeight: 600 },
}));

const hours = Array.from({ length: 25 }, (_, hour) => hour);
const time = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

type HourProps = { label: string; value: number; from: number; to: number; onChange: (hour: number) => void };

const Hour = ({ label, value, from, to, onChange }: HourProps) => (
  <select aria-label={label} value={value} onChange={({ target }) => onChange(Number(target.value))}>
    {hours.slice(from, to + 1).map((hour) => (
      <option key={hour} value={hour}>
        {time(hour)}
      </option>
    ))}
  </select>
);

type Props = { value: NormalHours[]; objection: string | undefined; onChange: (hours: NormalHours[]) => void };

export function HoursEditor({ value, objection, onChange }: Props) {
  const change = (index: number, changes: Partial<NormalHours>): void =>
    onChange(value.map((line, at) => (at === index ? { ...line, ...changes } : line)));
  const toggle = (index: number, day: number): void => {
    const days = value[index]?.days ?? [];
    change(index, { days: days.includes(day) ? days.filter((one) => one !== day) : [...days, day].sort((a, b) => a - b) });
  };
  return (
    <Group>
      <legend>Hours, in UTC</legend>
      {value.map(({ days, fromHour, toHour }, index) => (
        <Line key={index} role="group" aria-label={`Hours ${index + 1}`}>
          {dayNames.map((name, at) => (
            <button key={name} type="button" aria-pressed={days.includes(at + 1)} onClick={() => toggle(index, at + 1)}>
              {name}
            </button>
          ))}
          <Hour label="From" value={fromHour} from={0} to={23} onChange={(hour) => change(index, { fromHour: hour })} />
          to
          <Hour label="To" value={toHour} from={1} to={24} onChange={(hour) => change(index, { toHour: hour })} />
          <Button size="small" onClick={() => onChange(value.filter((_, at) => at !== index))}>
            Remove
          </Button>
        </Line>
      ))}
      <Button size="small" variant="outlined" onClick={() => onChange([...value, { days: [1, 2, 3, 4, 5], fromHour: 8, toHour: 18 }])}>
        Add hours
      </Button>
      <FormHelperText error={objection !== undefined} aria-live="polite">
        {objection ?? 'None: at what hours it is used is learnt from the log.'}
      </FormHelperText>
    </Group>
  );
}
