import DarkMode from '@mui/icons-material/DarkModeOutlined';
import LightMode from '@mui/icons-material/LightModeOutlined';
import Menu from '@mui/icons-material/MenuRounded';
import Search from '@mui/icons-material/SearchRounded';
import IconButton from '@mui/material/IconButton';
import { styled } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import { LinkBase, useLocation, useTheme } from 'react-admin';
import type { Session } from '../api-types';
import { Brand } from './Brand';
import { trailOf } from './navigation';
import { OrganizationName } from './OrganizationName';
import { ProfileMenu } from './ProfileMenu';

const Bar = styled('header')(({ theme }) => ({
  gridArea: 'bar',
  display: 'flex',
  alignItems: 'center',
  gap: 8,
  height: 48,
  minWidth: 0,
  padding: '0 12px 0 16px',
  borderBottom: `1px solid ${theme.palette.tone.line}`,
  background: theme.palette.tone.page,
}));
const Trail = styled('nav')(({ theme }) => ({
  flex: 1,
  minWidth: 0,
  fontSize: 13,
  color: theme.palette.tone.muted,
  '& ol': { display: 'flex', gap: 6, margin: 0, padding: 0, listStyle: 'none', overflow: 'hidden', whiteSpace: 'nowrap' },
  '& li + li::before': { content: '"→" / ""', marginRight: 6, color: theme.palette.tone.strongLine },
  '& li:last-of-type': { color: theme.palette.tone.text, fontWeight: 500, overflow: 'hidden', textOverflow: 'ellipsis' },
  '& a': { color: 'inherit', textDecoration: 'none', '&:hover': { color: theme.palette.tone.text } },
  '@media (max-width: 760px)': { '& ol': { display: 'none' } }, // the heading says it
}));
const SearchButton = styled('button')(({ theme }) => ({
  display: 'flex',
  alignItems: 'center',
  gap: 8,
  height: 30,
  minWidth: 180,
  padding: '0 6px 0 8px',
  border: `1px solid ${theme.palette.tone.line}`,
  borderRadius: 6,
  background: theme.palette.tone.rail,
  color: theme.palette.tone.muted,
  font: 'inherit',
  fontSize: 13,
  cursor: 'pointer',
  '&:hover': { borderColor: theme.palette.tone.strongLine, color: theme.palette.tone.text },
  '& span': { flex: 1, textAlign: 'left' },
  '& svg': { fontSize: 16 },
  '& kbd': {
    fontSize: 11,
    padding: '0 5px',
    borderRadius: 4,
    border: `1px solid ${theme.palette.tone.line}`,
    background: theme.palette.tone.page,
  },
  '@media (max-width: 760px)': { minWidth: 34, '& span, & kbd': { display: 'none' } },
}));
const Divider = styled('span')(({ theme }) => ({
  width: 1,
  height: 18,
  background: theme.palette.tone.line,
  '@media (max-width: 760px)': { display: 'none' },
}));

function ThemeButton() {
  const [mode, setMode] = useTheme();
  const next = mode === 'dark' ? 'light' : 'dark';
  return (
    <Tooltip title={`Use the ${next} theme`}>
      <IconButton aria-label={`Use the ${next} theme`} onClick={() => setMode(next)}>
        {next === 'dark' ? <DarkMode /> : <LightMode />}
      </IconButton>
    </Tooltip>
  );
}

type Props = { session: Session; menu: { label: string; onClick: () => void } | null; onSearch: (() => void) | null };

export function TopBar({ session, menu, onSearch }: Props) {
  const { pathname } = useLocation();
  return (
    <Bar>
      {menu && (
        <Tooltip title={menu.label}>
          <IconButton aria-label={menu.label} onClick={menu.onClick} edge="start">
            <Menu />
          </IconButton>
        </Tooltip>
      )}
      {!onSearch && <Brand short />}
      <OrganizationName session={session} />
      {onSearch && <Divider aria-hidden />}
      <Trail aria-label="Where you are">
        {onSearch && (
          <ol>
            {trailOf(pathname).map(({ label, path }) => (
              <li key={label}>{path === null ? label : <LinkBase to={path}>{label}</LinkBase>}</li>
            ))}
          </ol>
        )}
      </Trail>
      {onSearch && (
        <SearchButton type="button" onClick={onSearch} aria-label="Go to or find Ctrl K" aria-keyshortcuts="Control+K">
          <Search aria-hidden />
          <span>Go to or find </span>
          <kbd>Ctrl K</kbd>
        </SearchButton>
      )}
      <ThemeButton />
      <ProfileMenu session={session} />
    </Bar>
  );
}
