import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import Divider from '@mui/material/Divider';
import { useState } from 'react';
import { useLogout, useNavigate } from 'react-admin';
import { ActionMenu } from '../elements/ActionMenu';
import type { Session } from '../api-types';

const Face = styled('button')(({ theme }) => ({
  width: 28,
  height: 28,
  flex: 'none',
  borderRadius: '50%',
  border: 0,
  background: theme.palette.tone.accentSoft,
  color: theme.palette.tone.accent,
  font: 'inherit',
  fontSize: 11,
  fontWeight: 600,
  cursor: 'pointer',
  '@media (pointer: coarse)': { width: 40, height: 40 },
}));
const Who = styled('div')(({ theme }) => ({
  padding: '8px 10px 10px',
  fontSize: 13,
  lineHeight: '18px',
  '& strong': { display: 'block', fontWeight: 600 },
  '& span': { color: theme.palette.tone.muted },
}));

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .map((word) => word[0] ?? '')
    .slice(0, 2)
    .join('')
    .toUpperCase() || '?';

export function ProfileMenu({ session }: { session: Session }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const navigate = useNavigate();
  const logout = useLogout();
  const go = (path: string) => () => {
    setAnchor(null);
    navigate(path);
  };
  const { user, role } = session;
  return (
    <>
      <Face
        type="button"
        aria-label={`${initials(user.name)}: signed in as ${user.name}`}
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {initials(user.name)}
      </Face>
      <ActionMenu
        label="Your account"
        anchor={anchor}
        onClose={() => setAnchor(null)}
        transformOrigin={{ horizontal: 'right', vertical: 'top' }}
        anchorOrigin={{ horizontal: 'right', vertical: 'bottom' }}
      >
        <Who role="presentation">
          <strong>{user.name}</strong>
          <span>
            {user.email} · {role}
          </span>
        </Who>
        <Divider />
        <MenuItem onClick={go('/settings')}>Your profile, password and sessions</MenuItem>
        <MenuItem onClick={() => void logout()}>Sign out</MenuItem>
      </ActionMenu>
    </>
  );
}
